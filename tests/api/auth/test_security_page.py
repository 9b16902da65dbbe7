"""The page on security says what the permissions say, and names every setting."""

import inspect
import re
from pathlib import Path

from interlock.api import settings
from interlock.api.auth.permissions import PERMISSIONS_OF, Permission
from interlock.api.models.users import Role

PAGE = (Path(__file__).parents[3] / "docs" / "concepts" / "security.md").read_text()


def test_the_table_of_roles_is_that_of_the_permissions() -> None:
    header = re.search(r"^\| permission \|(.+)\|$", PAGE, re.MULTILINE)
    assert header is not None
    roles = [Role(name.strip()) for name in header.group(1).split("|")]
    assert set(roles) == set(Role)
    rows = {
        match.group(1): match.group(2)
        for match in re.finditer(r"^\| `([a-z.]+)`[^|]*\|(.+)\|$", PAGE, re.MULTILINE)
        if match.group(1) in list(Permission)
    }
    assert set(rows) == {*Permission} - {Permission.PUBLIC}
    for permission, row in rows.items():
        cells = [cell.strip() for cell in row.split("|")]
        assert cells == ["yes" if Permission(permission) in PERMISSIONS_OF[role] else "-" for role in roles], permission


def test_every_setting_has_a_line() -> None:
    names = set(re.findall(r'"((?:INTERLOCK|SUPABASE)_[A-Z_]+)"', inspect.getsource(settings.settings_from_environment)))
    assert len(names) == 18
    assert {name for name in names if f"`{name}`" not in PAGE} == set()
