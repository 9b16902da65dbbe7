"""People and their roles."""

from typing import Final

from interlock.api.auth.permissions import Permission
from interlock.api.models.base import Nothing
from interlock.api.models.users import CreateUser, DeleteUser, GetUser, ListUsers, UpdateUser, User, UserList, UserWithPassword
from interlock.api.operations.operation import Operation, Repeat, Service
from interlock.errors import LastAdmin, NameTaken, UserNotFound, WorkspaceNotFound

SERVICE: Final[Service] = "users"

OPERATIONS: Final = (
    Operation(
        name="list_users",
        service=SERVICE,
        rest="GET /users",
        permission=Permission.USERS_MANAGE,
        request=ListUsers,
        answer=UserList,
    ),
    Operation(
        name="create_user",
        service=SERVICE,
        rest="POST /users",
        permission=Permission.USERS_MANAGE,
        request=CreateUser,
        answer=UserWithPassword,
        status=201,
        repeat=Repeat.ACTS_AGAIN,
        location="/users/{id}",
        errors=(NameTaken, WorkspaceNotFound),
    ),
    Operation(
        name="get_user",
        service=SERVICE,
        rest="GET /users/{user_id}",
        permission=Permission.USERS_MANAGE,
        request=GetUser,
        answer=User,
        errors=(UserNotFound,),
    ),
    Operation(
        name="update_user",
        service=SERVICE,
        rest="PATCH /users/{user_id}",
        permission=Permission.USERS_MANAGE,
        request=UpdateUser,
        answer=UserWithPassword,
        repeat=Repeat.ACTS_AGAIN,
        errors=(LastAdmin, UserNotFound),
    ),
    Operation(
        name="delete_user",
        service=SERVICE,
        rest="DELETE /users/{user_id}",
        permission=Permission.USERS_MANAGE,
        request=DeleteUser,
        answer=Nothing,
        status=204,
        repeat=Repeat.ACTS_AGAIN,
        errors=(LastAdmin, UserNotFound),
    ),
)
