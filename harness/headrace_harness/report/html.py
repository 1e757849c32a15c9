def render_html(summary): return "<p>"
