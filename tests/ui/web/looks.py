"""What holds for every page, however it is looked at: legible, named, in one language, in place."""

import functools
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from babel.messages.pofile import read_po
from playwright.sync_api import ConsoleMessage, Page

import server
import shared
from shared.look import TEXT_CONTRAST

# Everything one can press or fill in, that nothing names.
WITHOUT_A_NAME = """
() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")]
  .filter((element) => !(
    element.textContent?.trim() || element.ariaLabel || element.title || element.labels?.length ||
    element.querySelector("img[alt]:not([alt=''])")
  ))
  .map((element) => element.outerHTML)
"""

# Cells of a row shown as a card whose words do not stay in them.
OVER_ITS_NEIGHBOUR = """
() => [...document.querySelectorAll(".as-cards tbody :is(th, td)")]
  .filter((cell) => cell.scrollWidth > cell.clientWidth + 1)
  .map((cell) => cell.outerHTML.slice(0, 200))
"""

# Texts that cannot be read well enough on what they stand on. Colours may be color-mix(), which
# only a canvas turns into red, green and blue.
TOO_FAINT = """
(least) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (part) =>
    part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = ([red, green, blue]) =>
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = rgba(getComputedStyle(each).backgroundColor);
      if (colour[3] > 200) return colour;
    }
    return [255, 255, 255];
  };
  const hasText = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  return [...document.querySelectorAll("body *")]
    .filter((element) => hasText(element) && element.checkVisibility())
    .filter((element) => {
      const text = luminance(rgba(getComputedStyle(element).color));
      const behind = luminance(ground(element));
      return (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05) < least;
    })
    .map((element) => element.outerHTML.slice(0, 200));
}
"""
TEXTS = """
() => {
  const texts = new Set();
  const add = (text) => texts.add(text.replace(/\\s+/g, " ").trim());
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement.closest("script, style, noscript, [lang]:not(html), code")) {
      add(node.textContent);
    }
  }
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder]")) {
    if (element.closest("[lang]:not(html)")) continue;
    for (const name of ["aria-label", "title", "placeholder"]) {
      add(element.getAttribute(name) ?? "");
    }
  }
  return [...texts];
}
"""
# What is seen on paper although it leads nowhere there, and what is cut off: nobody can scroll it.
CUT_OFF = """
(useless) => {
  const visible = (what) =>
    [...document.querySelectorAll(what)].filter((each) => each.checkVisibility());
  const seen = visible(useless.join());
  const cut = visible("main *")
    .filter((each) => !each.closest("svg > *, .hidden-label"))
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1);
  return [
    ...seen.map((each) => `on paper: ${each.outerHTML.slice(0, 120)}`),
    ...cut.slice(0, 3).map((each) => `cut off paper: ${each.outerHTML.slice(0, 200)}`),
  ];
}
"""
# Opens what a page keeps shut and is built like nothing opened before; returns how it is built.
# The second one opens what covers the page, one after another.
OPEN_DETAILS = """
(seen) => {
  const known = new Set(seen), found = [];
  for (const each of document.querySelectorAll("details:not([open])")) {
    const parts = [...each.querySelectorAll("*")].slice(0, 12);
    const build = [each, ...parts].map(({ tagName, className }) => tagName + className).join();
    if (known.has(build)) continue;
    known.add(build);
    found.push(build);
    each.open = true;
  }
  return found;
}
"""
OPEN_OVER_THE_PAGE = """
(seen) => {
  document.querySelector("dialog[open]")?.close();
  const over = [...document.querySelectorAll("dialog, [popover]")].find(
    ({ id, popover }) => !seen.includes(id) && (!popover || innerWidth < 1024)
  );
  if (over) over.popover ? over.showPopover() : over.showModal();
  return over?.id ?? "";
}
"""
# What is drawn by scripts is there, and no part of the page is on its way.
SETTLED = """
() => !document.querySelector(
  ".htmx-request, [data-chart]:not(:has(svg)), [data-map]:not([data-drawn])"
) && [...document.querySelectorAll("[data-chart] svg")].every(
  (svg) => svg.getBoundingClientRect().width <= svg.closest("[data-chart]").clientWidth + 1
)
"""
# Marks the texts whose colours, size and grounds are none of those known; returns what they have.
# Only what lies behind a text and is not transparent matters, so a few dozen make up a page.
UNPROVEN = """
(known) => {
  const seen = new Set(known), grounds = new Map(), found = new Set();
  const mixed = (hash, text) => {
    for (const letter of text) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
    return hash;
  };
  const ground = (element) => {
    if (!element) return 7;
    if (!grounds.has(element)) {
      const { backgroundColor, backgroundImage, opacity, filter } = getComputedStyle(element);
      const own = [backgroundColor, backgroundImage, opacity, filter].join();
      const behind = ground(element.parentElement);
      grounds.set(element, own === "rgba(0, 0, 0, 0),none,1,none" ? behind : mixed(behind, own));
    }
    return grounds.get(element);
  };
  for (const element of document.querySelectorAll("[data-unproven]")) {
    delete element.dataset.unproven;
  }
  for (const element of document.querySelectorAll("body *")) {
    const texts = [...element.childNodes].filter((node) => node.nodeType === 3);
    const says = element.matches("input, select, textarea") ||
      texts.some((node) => node.textContent.trim());
    if (!says || !element.checkVisibility()) continue;
    const { color, fontSize, fontWeight, position } = getComputedStyle(element);
    const hash = mixed(ground(element), [color, fontSize, fontWeight, position].join());
    if (seen.has(hash)) continue;
    element.dataset.unproven = "";
    found.add(hash);
  }
  return [...found];
}
"""
_RUN_AXE = """
async ([context, options, known]) => {
  // What is marked is looked at in the same breath: a map may be drawn anew in the next one.
  const found = known ? (UNPROVEN)(known) : [];
  if (known && !found.length) return [[], found];
  const { violations } = await axe.run(context ?? document, options);
  return [violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`)), found];
}
""".replace("UNPROVEN", UNPROVEN)


def listen(page: Page) -> list[str]:
    """Return a list that the browser's complaints about this page are added to."""
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            problems.append(f"{page.url}: {message.text}")

    page.on("console", note)
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    return problems


def violations(page: Page) -> list[str]:
    """Return what is too faint, and what axe-core finds."""
    return too_faint(page) + against_the_rules(page)


def too_faint(page: Page) -> list[str]:
    """Return the texts that cannot be read well enough on what they stand on."""
    return [f"faint: {html}" for html in page.evaluate(TOO_FAINT, TEXT_CONTRAST)]


def against_the_rules(page: Page, *, contrast: bool = True, only: str = "") -> list[str]:
    """
    Return what axe-core finds against WCAG 2.2 AA.

    :param contrast: whether it looks at colours, which takes it as long as all else together
    :param only: the part of the page that is looked at, as a selector; empty: all of it
    """
    rules = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    options = {"runOnly": rules, "rules": {"color-contrast": {"enabled": contrast}}}
    return _axe(page, {"include": [[only]]} if only else None, options)[0]


def without_contrast(page: Page, proven: set[int]) -> list[str]:
    """
    Return what axe-core finds too faint of the texts that stand there as none did before.

    :param proven: what texts had that were looked at before; those of this page are added
    """
    rules = {"type": "rule", "values": ["color-contrast"]}
    marked = {"include": [["[data-unproven]"]]}
    faint, new = _axe(page, marked, {"runOnly": rules}, known=list(proven))
    proven.update(new)
    return faint


def _axe(
    page: Page,
    context: dict[str, list[list[str]]] | None,
    options: dict[str, Any],
    *,
    known: list[int] | None = None,
) -> tuple[list[str], list[int]]:
    """Return what axe-core finds, and what texts have that are marked as not among those known."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    # Only what is wrong is read, and as HTML.
    options |= {"resultTypes": ["violations"], "preload": False, "selectors": False}
    against, new = page.evaluate(_RUN_AXE, [context, options, known])
    return against, new


def misplaced(page: Page) -> list[str]:
    """Return what does not fit into the window."""
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    wider = [f"{width} px wider than the window"] if width > 0 else []
    over: list[str] = page.evaluate(OVER_ITS_NEIGHBOUR)
    return wider + over


def unnamed(page: Page) -> list[str]:
    """Return the controls that nothing names, and what is wrong about the headline."""
    found: list[str] = page.evaluate(WITHOUT_A_NAME)
    headlines = page.locator("h1").count()
    return found + ([] if headlines == 1 else [f"{headlines} headlines"])


def foreign(page: Page, language: str) -> list[str]:
    """Return the texts that are in the other language."""
    texts = page.evaluate(TEXTS)
    # An empty text that is looked up in a catalogue brings its header.
    headers = [text[:200] for text in texts if "POT-Creation-Date" in text]
    return sorted(foreign_texts()[language].intersection(texts)) + headers


@functools.cache
def foreign_texts() -> dict[str, set[str]]:
    """Return by language the texts of the other one that are no texts of its own.

    Two letters are left out: they may be the code of a country or a currency.
    """
    pairs: list[tuple[str, str]] = []
    for package in (server, shared):
        file = Path(package.__path__[0]) / "locale/id/LC_MESSAGES/messages.po"
        with file.open("rb") as lines:
            catalogue = read_po(lines, locale="id")
        pairs += [
            (str(message.id), str(message.string))
            for message in catalogue
            if isinstance(message.id, str)
            and message.id
            and "%" not in message.id
            and min(len(message.id), len(str(message.string))) > 2
        ]
    english, indonesian = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    return {"id": english - indonesian, "en": indonesian - english}
