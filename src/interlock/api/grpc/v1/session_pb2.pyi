import datetime

from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from interlock.api.grpc.v1 import users_pb2 as _users_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SignInMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIGN_IN_METHOD_UNSPECIFIED: _ClassVar[SignInMethod]
    SIGN_IN_METHOD_SESSION: _ClassVar[SignInMethod]
    SIGN_IN_METHOD_API_KEY: _ClassVar[SignInMethod]
    SIGN_IN_METHOD_JWT: _ClassVar[SignInMethod]
SIGN_IN_METHOD_UNSPECIFIED: SignInMethod
SIGN_IN_METHOD_SESSION: SignInMethod
SIGN_IN_METHOD_API_KEY: SignInMethod
SIGN_IN_METHOD_JWT: SignInMethod

class SignInRequest(_message.Message):
    __slots__ = ("email", "password")
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    email: str
    password: str
    def __init__(self, email: _Optional[str] = ..., password: _Optional[str] = ...) -> None: ...

class GetSessionRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SignOutRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ChangePasswordRequest(_message.Message):
    __slots__ = ("current_password", "new_password")
    CURRENT_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    NEW_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    current_password: str
    new_password: str
    def __init__(self, current_password: _Optional[str] = ..., new_password: _Optional[str] = ...) -> None: ...

class Session(_message.Message):
    __slots__ = ("user", "permissions", "via", "csrf_token", "expires_at", "workspace", "workspaces", "several_workspaces")
    USER_FIELD_NUMBER: _ClassVar[int]
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    VIA_FIELD_NUMBER: _ClassVar[int]
    CSRF_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    WORKSPACE_FIELD_NUMBER: _ClassVar[int]
    WORKSPACES_FIELD_NUMBER: _ClassVar[int]
    SEVERAL_WORKSPACES_FIELD_NUMBER: _ClassVar[int]
    user: _users_pb2.User
    permissions: _containers.RepeatedScalarFieldContainer[str]
    via: SignInMethod
    csrf_token: str
    expires_at: _timestamp_pb2.Timestamp
    workspace: Membership
    workspaces: _containers.RepeatedCompositeFieldContainer[Membership]
    several_workspaces: bool
    def __init__(self, user: _Optional[_Union[_users_pb2.User, _Mapping]] = ..., permissions: _Optional[_Iterable[str]] = ..., via: _Optional[_Union[SignInMethod, str]] = ..., csrf_token: _Optional[str] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., workspace: _Optional[_Union[Membership, _Mapping]] = ..., workspaces: _Optional[_Iterable[_Union[Membership, _Mapping]]] = ..., several_workspaces: _Optional[bool] = ...) -> None: ...

class SwitchWorkspaceRequest(_message.Message):
    __slots__ = ("workspace_id",)
    WORKSPACE_ID_FIELD_NUMBER: _ClassVar[int]
    workspace_id: int
    def __init__(self, workspace_id: _Optional[int] = ...) -> None: ...

class Membership(_message.Message):
    __slots__ = ("id", "name", "role")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    id: int
    name: str
    role: _users_pb2.Role
    def __init__(self, id: _Optional[int] = ..., name: _Optional[str] = ..., role: _Optional[_Union[_users_pb2.Role, str]] = ...) -> None: ...
