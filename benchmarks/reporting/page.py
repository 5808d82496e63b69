"""Sections as one HTML page that needs nothing else, and as Markdown."""

import html

from plotly.offline import get_plotlyjs

from .model import machine_text

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2em auto; padding: 0 1em; color: #1b1b1b; }
h1, h2 { line-height: 1.2; } h2 { border-top: 2px solid #30638e; padding-top: .6em; margin-top: 2em; }
table { border-collapse: collapse; margin: .6em 0 1em; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .3em 0; }
th, td { padding: .2em .7em; border-bottom: 1px solid #d5d9de; text-align: right; white-space: nowrap; }
th { white-space: normal; vertical-align: bottom; } th:first-child, td:first-child { text-align: left; }
tr:target { background: #fff3c4; } code, pre { background: #f2f4f7; padding: .1em .3em; white-space: pre-wrap; }
.scroll { overflow-x: auto; } .small { color: #555; font-size: 13px; } a { color: #1d4e79; }
"""
FIGURE_HEIGHT = 400


def cell_html(table, row, section):
    """The first cell links to the row itself; every figure to the command that makes it."""
    anchor = table.row_anchor(row)
    first = f'<td><a href="#{anchor}">{html.escape(row[0])}</a></td>'
    rest = "".join(f'<td><a class="figure" href="#{section.command_anchor}">{html.escape(text)}</a></td>' for text in row[1:])
    return f'<tr id="{anchor}">{first}{rest}</tr>'


def table_html(table, section):
    head = "".join(f"<th>{html.escape(column)}</th>" for column in table.columns)
    rows = "\n".join(cell_html(table, row, section) for row in table.rows)
    note = f"<p>{html.escape(table.note)}</p>" if table.note else ""
    return f'<div class="scroll"><table><caption>{html.escape(table.title)}</caption><tr>{head}</tr>\n{rows}</table></div>{note}'


def figure_html(figure, section, index):
    figure.update_layout(template="plotly_white", height=FIGURE_HEIGHT, margin=dict(l=60, r=20, t=60, b=60))
    drawn = figure.to_html(full_html=False, include_plotlyjs=False, div_id=f"{section.anchor}-figure-{index}")
    return f'{drawn}<p class="small"><a href="#{section.command_anchor}">the command of this figure</a></p>'


def section_html(section):
    parts = [f'<h2 id="{section.anchor}">{html.escape(section.title)}</h2>', f"<p>{html.escape(section.text)}</p>"]
    parts += [figure_html(figure, section, index) for index, figure in enumerate(section.figures)]
    parts += [table_html(table, section) for table in section.tables]
    parts.append(
        f'<p id="{section.command_anchor}">Made by <code>{html.escape(section.command)}</code><br><span class="small">'
        f"{html.escape(section.when)}; {html.escape(machine_text(section.machine))}; {html.escape(section.source)}</span></p>"
    )
    return "\n".join(parts)


def page_html(sections, title):
    contents = "".join(
        f'<li><a href="#{section.anchor}">{html.escape(section.title)}</a> <span class="small">'
        f"{html.escape(section.source)}</span></li>"
        for section in sections
    )
    body = "\n".join(section_html(section) for section in sections)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE} a.figure {{ color: inherit; text-decoration: none; }}'
        f"</style>\n<script>{get_plotlyjs()}</script></head>\n<body><h1>{html.escape(title)}</h1><ol>{contents}</ol>\n"
        f"{body}\n</body></html>\n"
    )


def table_markdown(table):
    """Each row begins with its link target, so that others can refer to it."""
    lines = [f"**{table.title}**", "", "| " + " | ".join(table.columns) + " |", "|" + "---|" * len(table.columns)]
    for row in table.rows:
        lines.append(f'| <a id="{table.row_anchor(row)}"></a>{row[0]} | ' + " | ".join(row[1:]) + " |")
    return "\n".join(lines) + "\n" + (f"\n{table.note}\n" if table.note else "")


def page_markdown(sections, title):
    parts = [f"# {title}\n"]
    for section in sections:
        parts.append(f'<a id="{section.anchor}"></a>\n\n## {section.title}\n')
        parts.append(f"{section.text}\n" if section.text else "")
        parts += [table_markdown(table) for table in section.tables]
        parts.append(f"Made by `{section.command}`, {section.when}; {machine_text(section.machine)}.\n")
    return "\n".join(part for part in parts if part)
