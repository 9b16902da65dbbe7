"""Every page follows the rules of WCAG 2.2 AA that a machine can check: light and dark, on a desktop and a phone, and by keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import Browsing, Scheme, Size, axe, no_sideways_scroll
from tests.browser.conftest import Left
from tests.browser.product import Product

Look = Callable[[Page], None]


def shows(role: str, name: str) -> Look:
    """Waits until this element is there: then the page has loaded."""

    def look(page: Page) -> None:
        expect(page.get_by_role(role, name=name).first).to_be_visible()  # type: ignore[arg-type]

    return look


def after(*steps: Look) -> Look:
    def look(page: Page) -> None:
        for step in steps:
            step(page)

    return look


def click(role: str, name: str) -> Look:
    def look(page: Page) -> None:
        page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]

    return look


def pages(left: Left) -> list[tuple[str, Look]]:
    """Addresses, with the actions that complete each page and the elements that show that it has loaded."""
    execution = "/executions/{}".format
    return [
        ("/", after(shows("region", "Throughput"), shows("region", "Workers"))),
        ("/executions", shows("list", "Executions")),
        ("/executions?subject=nobody&last=60", shows("heading", "Nothing matches")),
        (execution(left.failed), after(shows("region", "Failed at average"), shows("button", "average Failed"))),
        (execution(left.failed), after(shows("button", "Retry"), click("button", "Retry"), shows("dialog", "Retry"))),
        (execution(left.completed) + "?view=timeline", shows("button", "add_up")),
        (execution(left.waiting), after(shows("region", "Why is it not moving?"), shows("button", "Let it rest Waiting"))),
        (execution(left.loop) + "?node=lap", after(shows("button", "Visit 4"), shows("region", "Output"))),
        (execution(left.instrument) + "?node=measure", shows("img", "Output")),
        (execution(left.instrument) + "?node=picture", shows("img", "Output")),
        (execution(left.instrument) + "?node=peaks", after(click("button", "Table"), shows("table", ""))),
        ("/settings", shows("heading", "Settings")),
        ("/settings/account", shows("textbox", "New password")),
        ("/settings/users", after(click("button", "Add user"), shows("dialog", "Add user"))),
        ("/settings/users", shows("combobox", "Role of")),
        ("/settings/workspaces", shows("row", "default")),
        ("/settings/api-keys", after(click("button", "Make a key"), shows("dialog", "Make an API key"))),
        ("/settings/credentials", after(click("button", "Add credential"), shows("dialog", "Add"))),
        ("/settings/credentials", shows("heading", "Credentials")),
        ("/nowhere", shows("heading", "There is no such page")),
        ("/executions/01a1fee3-0000-7000-8000-000000000000", shows("heading", "There is no such execution")),
    ]


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_page_follows_the_rules(browsing: Browsing, left: Left, size: Size) -> None:
    visit = browsing.visit("/sign-in", role=None, size=size)
    expect(visit.page.get_by_role("button", name="Sign in")).to_be_visible()
    errors = errors_in(visit.page)
    visit = browsing.visit("/settings", size=size)
    visit.expect_trouble(r"000000000000.*: 404$")
    for path, loaded in pages(left):
        visit.page.goto(path)
        loaded(visit.page)
        errors += errors_in(visit.page)
    assert not errors, "\n".join(errors)


def errors_in(page: Page) -> list[str]:
    """In light colours by all rules, in dark colours by those that depend on colours."""
    errors: list[str] = []
    looks: list[tuple[Scheme, list[str]]] = [("light", []), ("dark", ["color-contrast"])]
    for scheme, rules in looks:
        page.emulate_media(color_scheme=scheme)
        try:
            axe(page, rules)
            no_sideways_scroll(page)
        except AssertionError as error:
            errors.append(f"{scheme} {error}")
    return errors


def test_the_command_palette_follows_the_rules(browsing: Browsing, left: Left) -> None:
    page = browsing.visit("/settings/account", scheme="dark").page
    expect(page.get_by_role("heading", name="Account")).to_be_visible()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Page, workflow")
    expect(field).to_be_focused()
    axe(page)
    field.fill("exec")
    expect(page.get_by_role("option", name="Executions")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Executions")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Page, workflow").fill(left.failed)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Weighing report")).to_be_visible()


def test_the_keyboard_reaches_everything_and_is_never_trapped(browsing: Browsing, left: Left) -> None:
    page = browsing.visit(f"/executions/{left.failed}").page
    expect(page.get_by_role("button", name="average Failed")).to_be_visible()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    seen = [_after_tab(page) for _ in range(60)]
    names = [name for name, _ in seen]
    for wanted in ("Retry", "Graph", "average", "Show all", "Fix in the builder"):
        assert any(wanted in name for name in names), f"{wanted} was not reached: {names}"
    unseen = [name for name, is_visible in seen if not is_visible and name not in {"body", "Skip to the content"}]
    assert not unseen, f"where the focus is cannot be seen: {unseen}"
    assert "body" in names or "Skip to the content" in names, "the focus never left the page"

    page.get_by_role("button", name="Retry", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Retry")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Retry")).to_be_hidden()
    expect(page.get_by_role("button", name="Retry", exact=True)).to_be_focused()
    page.get_by_role("button", name="average Failed").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Node average")).to_be_visible()
    page.get_by_role("tab", name="Graph").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Timeline")).to_have_attribute("aria-selected", "true")


def _after_tab(page: Page) -> tuple[str, bool]:
    """Returns what has the focus, and whether that is visible: by an outline, a shadow or a border that it did not have before."""
    page.keyboard.press("Tab")
    found: list[str | bool] = page.evaluate("""() => {
        const element = document.activeElement;
        if (!element || element === document.body) return ["body", true];
        const style = getComputedStyle(element);
        const box = element.getBoundingClientRect();
        const marked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5 || style.boxShadow !== "none";
        const name = element.getAttribute("aria-label") || element.textContent || element.tagName;
        return [name.trim().slice(0, 60), marked && box.width > 0 && box.bottom > 0];
    }""")
    return str(found[0]), bool(found[1])


def test_at_a_zoom_of_200_percent_nothing_is_cut_off(browsing: Browsing, left: Left) -> None:
    """A window of 1280 by 800 at a zoom of 200 % has half the width and height."""
    visit = browsing.visit("/", viewport={"width": 640, "height": 400}, device_scale_factor=2)
    for path in ("/", "/executions", f"/executions/{left.failed}", "/settings/users"):
        visit.page.goto(path)
        expect(visit.page.get_by_role("heading", level=1)).to_be_visible()
        expect(visit.page.get_by_role("navigation", name="Main", exact=False).first).to_be_attached()
        no_sideways_scroll(visit.page)


def test_a_blocked_action_shows_the_reason(browsing: Browsing, product: Product, left: Left) -> None:
    page = browsing.visit(f"/executions/{left.failed}", role="viewer").page
    retry = page.get_by_role("button", name="Retry", exact=True)
    expect(retry).to_have_attribute("aria-disabled", "true")
    retry.focus()
    expect(page.get_by_role("tooltip")).to_contain_text("Your role (viewer) does not allow this.")
    axe(page)
    retry.click(force=True)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Users")).to_have_count(0)
