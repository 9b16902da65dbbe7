"""Several workspaces in the pages: the switch, two tabs of one session, the pages of settings; and nothing of them while there is only one."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.browser.browsing import Browsing, Size, Visit, axe, browsing_in, no_sideways_scroll
from tests.browser.product import Product, running_product
from tests.browser.teams import DEFAULT, Member
from tests.browser.workflows import NAP
from tests.servers import TestServer

EVERYTHING = """() => [document.title, document.body.innerText, ...[...document.querySelectorAll("*")].flatMap(
    (each) => [...each.attributes].filter(({ name }) => !["class", "src", "d"].includes(name)).map(({ value }) => value))].join("\\n")"""
"""All text of a page, also what only a screen reader says."""


@pytest.fixture(scope="module")
def shared(server: TestServer) -> Iterator[Product]:
    """An installation of its own: the other tests of this folder share one that has no second workspace."""
    with server.fresh_database(migrated=True) as url, running_product(url) as running:
        yield running


@pytest.fixture
def opened(chrome: Browser, shared: Product) -> Iterator[Browsing]:
    """As `browsing`, in the installation with several workspaces."""
    with browsing_in(chrome, shared) as browsing:
        yield browsing


class Team:
    """Eva, who is an admin of `default` and of a workspace of her own, with a workflow in each."""

    def __init__(self, product: Product, name: str) -> None:
        self.product, self.name = product, name
        self.eva = Member.of(product, name="Eva")
        self.id = self.eva.make_workspace(name)
        self.theirs = product.deploy({**NAP, "name": f"Of default beside {name}"})
        self.eva.go_to(self.id)
        self.ours: str = self.eva.post("/workflows", {"definition": {**NAP, "name": f"Of {name}"}})["id"]

    def visit(self, opened: Browsing, path: str, *, workspace_id: int = DEFAULT, size: Size = "desktop") -> Visit:
        return opened.open_in(self.eva.enter(opened.context(role=None, size=size), workspace_id), path)


def switch_of(page: Page) -> Locator:
    """The one that can be seen: on a phone it stands above the page, else beside it."""
    return page.locator("button:visible").filter(has_text=re.compile("^Workspace"))


def switch_to(page: Page, name: str) -> None:
    switch_of(page).click()
    page.get_by_role("menuitemradio", name=name).click()


MOVING = (": 401$", ": 403$", ": 412$")
"""What is answered to requests that were under way, or that a page sends before it knows that its session is elsewhere."""


def come_back(page: Page) -> None:
    """What the browser does when somebody chooses the tab again."""
    page.evaluate("() => globalThis.dispatchEvent(new Event('focus'))")


def test_a_fresh_installation_shows_the_word_nowhere(browsing: Browsing, product: Product) -> None:
    workflow = product.deploy({**NAP, "name": "Alone"})
    product.person("viewer", name="Somebody else")
    page = browsing.visit("/", role="admin").page

    def says_nothing() -> None:
        assert "workspace" not in page.evaluate(EVERYTHING).lower(), page.url

    def press(name: str) -> Callable[[], None]:
        return page.get_by_role("button", name=name).first.click

    def choose(item: str) -> Callable[[], None]:
        def click() -> None:
            press("Actions for Somebody else")()
            page.get_by_role("menuitem", name=item).click()

        return click

    places: list[tuple[str, Callable[[], object] | None]] = [
        ("/", page.get_by_role("navigation", name="Main", exact=True).get_by_role("button").last.click),
        ("/", lambda: page.keyboard.press("Control+k")),
        ("/executions", None),
        ("/workflows", None),
        (f"/workflows/{workflow}", None),
        ("/settings", None),
        ("/settings/account", None),
        ("/settings/users", press("Add user")),
        ("/settings/users", press("Actions for")),
        ("/settings/users", choose("Delete")),
        ("/settings/api-keys", press("Make a key")),
        ("/settings/credentials", press("Add credential")),
    ]
    for path, opens in places:
        page.goto(path)
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        page.wait_for_load_state("networkidle")
        if opens:
            opens()
            expect(page.get_by_role("menu").or_(page.get_by_role("dialog"))).to_be_visible()
        says_nothing()


def test_the_second_workspace_is_made_on_its_page_and_brings_the_switch(opened: Browsing, shared: Product) -> None:
    eva = Member.of(shared, name="Eva")
    context = eva.enter(opened.context(role=None))
    page = opened.open_in(context, "/settings/workspaces").page
    expect(switch_of(page)).to_have_count(0)
    page.get_by_role("button", name="Make a workspace").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("first-of-eva")
    axe(page)
    dialog.get_by_role("button", name="Make workspace").click()
    expect(page.get_by_text("Made first-of-eva")).to_be_visible()
    expect(switch_of(page)).to_contain_text("default")
    expect(page).to_have_title("Workspaces · default · Interlock")
    expect(page.get_by_role("row", name="first-of-eva")).to_contain_text("Your role: admin")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_switch_leaves_nothing_of_the_workspace_before(opened: Browsing, shared: Product, size: Size) -> None:
    team = Team(shared, f"red-{size}")
    execution = shared.run(team.theirs, until="waiting")
    visit = team.visit(opened, "/workflows", size=size)
    visit.expect_trouble(*MOVING)
    page = visit.page
    expect(page.get_by_role("link", name=f"Of default beside {team.name}")).to_be_visible()
    page.goto(f"/executions/{execution}")
    expect(page.get_by_role("heading", name=f"Of default beside {team.name}")).to_be_visible()
    expect(page).to_have_title(re.compile(r" · default · Interlock$"))

    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108  # Playwright takes no method of a list
    switch_of(page).click()
    expect(page.get_by_role("menuitemradio", name="default")).to_have_attribute("aria-checked", "true")
    axe(page)
    no_sideways_scroll(page)
    page.get_by_role("menuitemradio", name=team.name).click()
    expect(page).to_have_title(f"Executions · {team.name} · Interlock")
    expect(page).to_have_url(f"{shared.url}/executions")
    expect(page.get_by_text(f"Now in {team.name}")).to_be_visible()
    expect(switch_of(page)).to_contain_text(team.name)
    page.wait_for_load_state("networkidle")
    no_sideways_scroll(page)
    assert "Of default" not in page.evaluate(EVERYTHING)

    where = "Main, on a phone" if size == "phone" else "Main"
    page.get_by_role("navigation", name=where, exact=True).get_by_role("link", name="Workflows").click()
    expect(page.get_by_role("list", name="Workflows").get_by_role("link", name=f"Of {team.name}")).to_be_visible()
    assert "Of default" not in page.evaluate(EVERYTHING)
    switched = next(number for number, request in enumerate(asked) if request.url.endswith("/session/workspace"))
    meant = {request.headers.get("x-workspace-id") for request in asked[switched + 1 :] if "/api/v1/" in request.url}
    assert meant == {None, str(team.id)}, "None: it asks for the session"
    page.go_back()
    expect(page).to_have_title(f"Executions · {team.name} · Interlock")


def test_the_switch_is_used_by_keyboard(opened: Browsing, shared: Product) -> None:
    team = Team(shared, "keyed")
    visit = team.visit(opened, "/settings/account")
    visit.expect_trouble(*MOVING)
    page = visit.page
    switch = page.get_by_role("button", name="Workspace default")
    expect(switch).to_have_attribute("aria-haspopup", "menu")
    switch.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitemradio", name="default")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(switch).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitemradio", name="default")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitemradio", name="keyed")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_title("Account · keyed · Interlock")


def test_a_page_that_the_role_does_not_include_there_becomes_one_that_it_does(opened: Browsing, shared: Product) -> None:
    team, ben = Team(shared, "small-role"), Member.of(shared, "admin", name="Ben")
    team.eva.add(ben, "annotator", team.id)
    context = ben.enter(opened.context(role=None))
    visit = opened.open_in(context, "/settings/users")
    visit.expect_trouble(*MOVING)
    page = visit.page
    switch_to(page, "small-role")
    expect(page).to_have_title("Account · small-role · Interlock")
    expect(page.get_by_role("heading", name="Your role does not include this page")).to_have_count(0)


def test_what_is_saved_in_a_tab_that_shows_another_workspace_is_saved_nowhere(opened: Browsing, shared: Product) -> None:
    """And it is not lost: it is there again in its own workspace."""
    team = Team(shared, "tabs")
    first = team.visit(opened, f"/workflows/{team.theirs}")
    first.expect_trouble(*MOVING)
    page = first.page
    page.get_by_role("button", name="Settings of the workflow").click()
    page.get_by_role("textbox", name="Description").fill("Meant for default.")
    new = opened.open_in(first.context, "/workflows/new")
    new.expect_trouble(*MOVING)
    expect(new.page.get_by_role("button", name="Publish", exact=True)).to_be_visible()

    second = opened.open_in(first.context, "/")
    second.expect_trouble(*MOVING)
    switch_to(second.page, "tabs")
    expect(second.page).to_have_title("Overview · tabs · Interlock")

    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page).to_have_title("Workflows · tabs · Interlock")
    expect(page.get_by_text("Another tab switched from default to tabs")).to_be_visible()
    expect(page.get_by_text("Your changes to Of default beside tabs are kept as a draft")).to_be_visible()
    new.page.get_by_role("button", name="Publish", exact=True).click()
    expect(new.page).to_have_title("Workflows · tabs · Interlock")
    team.eva.go_to(team.id)
    assert [each["name"] for each in team.eva.http.get("/workflows").json()["items"]] == ["Of tabs"]
    assert shared.get(f"/workflows/{team.theirs}")["version"] == 1

    switch_to(page, "default")
    page.get_by_role("link", name="Of default beside tabs").first.click()
    expect(page.get_by_text("Your changes are still here")).to_be_visible()
    page.get_by_role("button", name="Settings of the workflow").click()
    expect(page.get_by_role("textbox", name="Description")).to_have_value("Meant for default.")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("version 2", exact=True)).to_be_visible()


def test_a_tab_notices_by_its_next_answer_that_another_one_switched(opened: Browsing, shared: Product) -> None:
    team = Team(shared, "answered")
    first = team.visit(opened, "/settings/account")
    second = opened.open_in(first.context, "/")
    for visit in (first, second):
        visit.expect_trouble(*MOVING)
    switch_to(second.page, "answered")
    expect(second.page).to_have_title("Overview · answered · Interlock")
    expect(first.page).to_have_title("Account · default · Interlock")
    first.page.get_by_role("link", name="Credentials").click()
    expect(first.page.get_by_text("Another tab switched from default to answered")).to_be_visible()
    expect(first.page).to_have_title("Credentials · answered · Interlock")


@pytest.mark.parametrize("somebody", ["comes back", "stays away"])
def test_a_tab_that_watches_an_execution_notices_that_another_one_switched(opened: Browsing, shared: Product, somebody: str) -> None:
    """The stream ends by itself when the session has another token."""
    team = Team(shared, somebody.replace(" ", "-"))
    execution = shared.run(team.theirs, until="waiting")
    first = team.visit(opened, f"/executions/{execution}")
    expect(first.page.get_by_text("Live")).to_be_visible()
    second = opened.open_in(first.context, "/")
    for visit in (first, second):
        visit.expect_trouble(*MOVING)
    switch_to(second.page, team.name)
    if somebody == "comes back":
        come_back(first.page)
    expect(first.page.get_by_text(f"Another tab switched from default to {team.name}")).to_be_visible()
    expect(first.page).to_have_title(f"Executions · {team.name} · Interlock")
    assert "Of default" not in first.page.evaluate(EVERYTHING)


def test_a_tab_without_a_session_goes_on_when_another_tab_has_signed_in(opened: Browsing, shared: Product) -> None:
    ben = Member.of(shared, "editor", name="Ben")
    context = opened.context(role=None)
    page = opened.open_in(context, "/executions").page
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    ben.enter(context)
    come_back(page)
    expect(page).to_have_title("Executions · Interlock")


def test_who_is_removed_from_a_workspace_is_told_and_goes_on_in_another(opened: Browsing, shared: Product) -> None:
    team, ben = Team(shared, "left-behind"), Member.of(shared, "editor", name="Ben")
    team.eva.add(ben, "editor", team.id)
    context = ben.enter(opened.context(role=None), team.id)
    visit = opened.open_in(context, f"/workflows/{team.ours}")
    visit.expect_trouble(*MOVING)
    page = visit.page
    page.get_by_role("button", name="Settings of the workflow").click()
    page.get_by_role("textbox", name="Description").fill("Meant for left-behind.")
    users = team.eva.http.get("/users").json()["items"]
    (user,) = [each["id"] for each in users if each["email"] == ben.email]
    assert team.eva.http.delete(f"/users/{user}").is_success
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("You are no longer a member of left-behind.")).to_be_visible()
    expect(page).to_have_title("Workflows · Interlock")
    assert "Meant for left-behind" not in shared.http.get("/workflows").text


def test_a_person_of_another_workspace_is_added_without_a_password_and_removed(opened: Browsing, shared: Product) -> None:
    team, ben = Team(shared, "joined"), Member.of(shared, "editor", name="Ben Okafor")
    page = team.visit(opened, "/settings/users", workspace_id=team.id).page
    expect(page.get_by_text("The members of the workspace joined")).to_be_visible()
    page.get_by_role("button", name="Add user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Somebody")
    dialog.get_by_label("Email").fill(ben.email)
    axe(page)
    dialog.get_by_role("button", name="Add user").click()
    expect(page.get_by_text(f"{ben.email} has an account already, so there is no one-time password")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Actions for Ben Okafor").click()
    page.get_by_role("menuitem", name="Remove from this workspace").click()
    expect(page.get_by_role("dialog")).to_contain_text("Remove Ben Okafor from joined?")
    page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_role("row", name="Ben Okafor")).to_have_count(0)
    ben.enter(opened.context(role=None))


def test_an_admin_leaves_a_workspace_that_has_another_admin(opened: Browsing, shared: Product) -> None:
    team, ben = Team(shared, "leaving"), Member.of(shared, "editor", name="Ben")
    visit = team.visit(opened, "/settings/users", workspace_id=team.id)
    visit.expect_trouble(": 409$", *MOVING)
    page = visit.page

    def leave() -> None:
        page.get_by_role("button", name="Actions for Eva").click()
        page.get_by_role("menuitem", name="Leave this workspace").click()
        page.get_by_role("dialog").get_by_role("button", name="Leave", exact=True).click()

    leave()
    expect(page.get_by_role("dialog")).to_contain_text("IL037")
    page.get_by_role("dialog").get_by_role("button", name="Back").click()
    team.eva.add(ben, "admin", team.id)
    leave()
    expect(page.get_by_text("You are no longer a member of leaving.")).to_be_visible()
    expect(switch_of(page)).to_have_count(0)


def exhaust(member: Member) -> None:
    """Sends as many requests as the limit of the workspace allows, so that it allows the next one in more than 4 seconds."""
    while (answer := member.http.get("/workflows")).is_success or int(answer.headers["Retry-After"]) < 5:
        time.sleep(0.02)


def test_limits_are_set_on_the_page_and_refusals_say_when_to_come_again(opened: Browsing, shared: Product) -> None:
    team = Team(shared, "limited")
    page = team.visit(opened, "/settings/workspaces").page
    page.get_by_role("button", name="Actions for limited").click()
    page.get_by_role("menuitem", name="Name and limits").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Requests a minute").fill("many")
    expect(dialog.get_by_text("Write a whole number from 1, or nothing")).to_be_visible()
    axe(page)
    dialog.get_by_label("Requests a minute").fill("12")
    dialog.get_by_label("Stored at most").fill("5 GB")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="limited")).to_contain_text("12 requests a minute · 5 GB stored")

    inside = team.visit(opened, "/settings/workspaces", workspace_id=team.id)
    expect(inside.page.get_by_role("definition").filter(has_text="5 GB")).to_be_visible()
    expect(inside.page.get_by_role("button", name="Make a workspace")).to_have_count(0)
    inside.expect_trouble(": 429$")
    reached = "the workspace limited reached the limit of 12 requests a minute"
    inside.page.get_by_role("link", name="Users").click()
    inside.page.get_by_role("button", name="Add user").click()
    adding = inside.page.get_by_role("dialog")
    adding.get_by_label("Name").fill("Ben")
    adding.get_by_label("Email").fill("ben@example.org")
    team.eva.go_to(team.id)
    exhaust(team.eva)
    adding.get_by_role("button", name="Add user").click()
    expect(adding.get_by_role("alert")).to_contain_text(reached)
    expect(adding.get_by_role("alert")).to_contain_text(re.compile(r"Try again from \d\d:\d\d:\d\d on\."))
    axe(inside.page)
    adding.get_by_role("button", name="Cancel").click()
    exhaust(team.eva)
    inside.page.get_by_role("link", name="API keys").click()
    expect(inside.page.get_by_role("status").filter(has_text=reached)).to_contain_text(re.compile(r"This page goes on by itself at \d\d:\d\d:\d\d\."))
    axe(inside.page)
    expect(inside.page.get_by_role("heading", name="No API keys")).to_be_visible()

    page.get_by_role("button", name="Actions for limited").click()
    page.get_by_role("menuitem", name="Name and limits").click()
    dialog.get_by_label("Requests a minute").fill("")
    dialog.get_by_label("Name").fill("unlimited")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="unlimited")).not_to_contain_text("requests a minute")


def test_a_workspace_is_deleted_when_nothing_is_in_the_way(opened: Browsing, shared: Product) -> None:
    team = Team(shared, "ended")
    visit = team.visit(opened, "/settings/workspaces", size="phone")
    visit.expect_trouble(": 409$")
    page = visit.page
    no_sideways_scroll(page)
    page.get_by_role("button", name="Actions for ended").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete workspace").click()
    expect(dialog).to_contain_text("workflows: 1, open executions: 0")
    assert team.eva.go_to(team.id).http.delete(f"/workflows/{team.ours}").is_success
    dialog.get_by_role("button", name="Delete workspace").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("row", name="ended")).to_have_count(0)
    expect(switch_of(page)).to_have_count(0)
