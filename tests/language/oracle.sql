-- What DuckDB is asked where headrace differs from it by decision: docs/transforms.md lists them.
-- Null is never a constant here, beside which DuckDB would not evaluate what may fault.

create macro fault_() as cast('fault' as bigint);

-- What decides leaves no fault of the other side.
create macro and_(a, b) as case when (a) = false then false else (a) and (b) end;
create macro or_(a, b) as case when (a) = true then true else (a) or (b) end;

-- Doubles that overflow, and what no double is, are faults.
create macro finite_(r, a, b) as
    case when isfinite(a) and isfinite(b) and not isfinite(r) then fault_()::double else r end;
create macro finite_of_(r, a, b) as finite_(r, cast(a as double), cast(b as double));
create macro add_(a, b) as finite_of_(cast(a as double) + cast(b as double), a, b);
create macro sub_(a, b) as finite_of_(cast(a as double) - cast(b as double), a, b);
create macro mul_(a, b) as finite_of_(cast(a as double) * cast(b as double), a, b);
create macro not_by_zero_(r, a, b) as
    case
        when a is null or b is null then cast(a as double) + cast(b as double)
        when b = 0 then fault_()::double
        else finite_of_(r, a, b)
    end;
create macro div_(a, b) as not_by_zero_(cast(a as double) / cast(b as double), a, b);
create macro mod_(a, b) as not_by_zero_(cast(a as double) % cast(b as double), a, b);
create macro sqrt_(a) as case when a < 0 then fault_()::double else sqrt(a) end;
create macro ln_(a) as case when a <= 0 then fault_()::double else ln(a) end;
create macro exp_(a) as finite_(exp(a), a, a);
create macro power_(a, b) as finite_of_(power(cast(a as double), cast(b as double)), a, b);

-- Days and moments are of the years 1 to 9999.
create macro in_years_(d) as d >= date '0001-01-01' and d < timestamp '10000-01-01 00:00:00';
create macro day_(d) as
    case when in_years_(d) then d when d is null then d else fault_()::date end;
create macro moment_(d) as
    case when in_years_(d) then d when d is null then d else fault_()::timestamp end;
create macro instant_(d) as
    case when in_years_(d::timestamp) then d when d is null then d else fault_()::timestamptz end;
create macro moved_(d, n, moved) as
    case
        when n is null then cast(cast(n as varchar) || cast(d as varchar) as date)
        when d is null then d
        when n between -4000000 and 4000000 then day_(moved)
        else fault_()::date
    end;
create macro days_after(d, n) as moved_(d, n, d + cast(n as integer));
create macro days_before(d, n) as moved_(d, n, d - cast(n as integer));
create macro make_date_(y, m, d) as
    case
        when y is null or m is null or d is null then make_date(y, m, d)
        when y between 1 and 9999 and m between 1 and 12 and d between 1 and 31
            then make_date(y, m, d)
        else fault_()::date
    end;

-- Of weeks, too, beginnings are counted.
create macro date_diff_(u, a, b) as
    case
        when u = 'week'
            then date_diff('day', date_trunc('week', a), date_trunc('week', b)) // 7
        else date_diff(u, a, b)
    end;

-- The nearest double; it is the number where its shortest text says so.
create macro double_(a) as cast(cast(a as varchar) as double);
create macro is_double_(a) as
    try_cast(cast(double_(a) as varchar) as decimal(38, 10)) = a;

-- A whole double is the integer that it is, any other the number that its text says.
create macro number_(a) as
    case
        when a = trunc(a) and abs(a) < 1e38 then cast(cast(a as hugeint) as varchar)
        else cast(a as varchar)
    end;
create macro double_is_(a, b) as
    case
        when not (abs(a) < 1e38) then false
        when a = trunc(a) then try_cast(cast(a as hugeint) as decimal(38, 0)) = b
        else cast(b as double) = a
    end;

-- A text of a finite number beyond the doubles is none.
create macro is_read_(r, s) as isfinite(r) or regexp_matches(s, '(?i)n');
create macro read_double_(s) as
    case when is_read_(cast(s as double), s) then cast(s as double) else fault_()::double end;
create macro try_read_double_(s) as
    case
        when is_read_(try_cast(s as double), s) then try_cast(s as double)
        else try_cast(s || 'x' as double)
    end;

-- Texts of values are those of CSV files and of Python's isoformat.
create macro text_of_double_(a) as
    regexp_replace(cast(a as varchar), 'e\+?(-?)0*', 'e\1');
create macro text_of_moment_(a) as
    case
        when a is null then cast(a as varchar)
        when date_trunc('second', a) = a then strftime(a, '%Y-%m-%dT%H:%M:%S')
        else strftime(a, '%Y-%m-%dT%H:%M:%S.%f')
    end;
create macro text_of_time_(a) as substring(text_of_moment_(date '2000-01-01' + a), 12);
create macro text_of_instant_(a) as text_of_moment_(cast(a as timestamp)) || '+00:00';

-- A character is a code point, and a count of them any integer.
create macro reverse_(s) as
    array_to_string(list_reverse(string_split_regex(s, '')), '');
create macro count_(n) as
    case when n < -2147483647 then -2147483647 when n > 2147483647 then 2147483647 else n end;
create macro split_part_(s, d, n) as
    case
        when n is null then s || d || cast(n as varchar)
        when d is null then s || d
        else split_part(s, d, count_(n))
    end;
