"""How Sphinx builds the pages: `make docs`."""

from __future__ import annotations

import re
from typing import Any

import drumlin

project = "drumlin"
author = "the drumlin developers"
copyright = author
version = release = drumlin.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing"]  # links of the README and the CHANGELOG leave the pages

html_theme = "furo"
html_title = "drumlin"
html_theme_options = {"light_css_variables": {"color-brand-primary": "#0072B2"}}
pygments_style = "friendly"

default_role = "py:obj"
autodoc_typehints = "none"  # the docstrings say shapes, which types cannot
autodoc_member_order = "bysource"
add_module_names = False

NAMED = re.compile(r"^(?P<names>[a-z]\w*(?:, \w+)*)(?: : |\s{3,})(?P<words>.*)$")


def house_style_to_rest(
    _app: Any, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    """Docstrings here are plain text that reads well; turn it into reStructuredText.

    Lines ``name : shape  words`` become fields, formulas over several lines keep their lines.
    """
    text = "\n".join(lines).replace("Parameters\n----------\n", "")
    paragraphs = [paragraph.split("\n") for paragraph in re.split(r"\n\s*\n", text)]
    lines[:] = [line for paragraph in paragraphs for line in [*as_rest(paragraph), ""]]


def as_rest(paragraph: list[str]) -> list[str]:
    """One paragraph: an example, a list of fields, a formula of several lines, or prose."""
    if paragraph[0].startswith(">>>"):
        return paragraph
    lines = [escaped(line) for line in paragraph]
    if NAMED.match(lines[0]):
        return [line for one in lines for line in as_field(one)]
    if any(line.startswith(" ") for line in lines[1:]):
        return [f"| {line}" for line in lines]
    return lines


def as_field(line: str) -> list[str]:
    """``name : words`` as a field; two names share the words. Prose after it stands alone."""
    found = NAMED.match(line)
    if not found:
        return [line] if line.startswith(" ") else ["", line]
    words, *others = re.split(r";\s+(?=[a-z]\w* : )", found["words"])
    words = re.sub(r"\s{3,}", " — ", words)
    fields = [f":param {name}: {words}" for name in found["names"].split(", ")]
    return fields + [field for other in others for field in as_field(other)]


def escaped(line: str) -> str:
    """|Σ| is a determinant, not a substitution; "k." is a word, not the head of a list."""
    prose, *literals = re.split(r"(``.*?``)", line)
    prose = re.sub(r"^(\w\.)", r"\\\1", prose)
    parts = [prose, *literals]
    return "".join(p if p.startswith("``") else re.sub(r"([|*])", r"\\\1", p) for p in parts)


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", house_style_to_rest)
