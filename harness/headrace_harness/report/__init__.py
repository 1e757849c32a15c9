"""From records to summary, Markdown and HTML; measures nothing.

Modules:
    charts: The pictures of the page, as inline SVG.
    comparison: Comparisons for a terminal and as Markdown.
    figures: Documented figures against what was measured.
    html: One self-contained page.
    judging: What documented figures say of the cells of a run.
    markdown: The same for a job summary.
    sections: Prose and plain tables of the page.
    shares: Whose time it was: the connector's, the engine's, the writer's.
    page.css: The page's style, light and dark.
    summary: The bench report, rendered from records.
    text: The same for a terminal.
"""
