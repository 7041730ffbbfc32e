"""Function Compute as a service of the local cloud: its wire side and its control side."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from localcloud.fc.control import Control
from localcloud.fc.deployments import Deployments
from localcloud.fc.descriptions import describe_function, describe_timer, function_arn, page
from localcloud.fc.environment import NewEnvironment
from localcloud.fc.invocations import DuplicateTaskError, Invocations
from localcloud.fc.wire import (
    OLD_API,
    RefusedError,
    Request,
    error_reply,
    json_reply,
    read_request,
    refused_identity,
    verify_old,
)
from localcloud.identities import IdentityError
from localcloud.service import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.clock import Clock
    from localcloud.fc.functions import Function
    from localcloud.identities import Identities, Identity
    from localcloud.service import Received


_DESCRIBING = {"GetFunction", "ListTriggers", "GetAsyncInvokeConfig"}


class FunctionCompute:
    """Functions, their instances, the queue and the timers of one account in one region."""

    name = "fc"

    def __init__(
        self,
        clock: Clock,
        identities: Identities,
        account_id: str,
        region: str,
        environment: Callable[[], dict[str, str]],
        verify_acs3: Callable[[Received], Identity],
    ) -> None:
        """Nothing runs yet.

        Args:
            clock: The cloud's clock; functions run on it while it is virtual.
            identities: Verifies callers, and learns the keys of the functions' roles.
            account_id: The account that owns the functions and may call them.
            region: What functions are told.
            environment: What every function finds in its environment besides, read at each cold start.
            verify_acs3: Who signed a request of the 3.0 API; raises IdentityError.
        """
        self._clock = clock
        self._identities = identities
        self._account_id = account_id
        self._region = region
        self._verify_acs3 = verify_acs3
        new_environment = NewEnvironment(clock, identities, account_id, region, environment)
        self._deployments = Deployments(clock, new_environment)
        self._invocations = Invocations(clock, self._deployments.run)
        self._control = Control(clock, self._deployments, self._invocations)

    async def start(self) -> None:
        """Be ready; instances start with their first invocation."""

    async def close(self) -> None:
        """Drop the queue and kill every instance; nothing is left running."""
        self._deployments.refuse()
        await self._invocations.close()
        await self._deployments.kill()

    def operation(self, received: Received) -> str:
        """InvokeFunction, GetAsyncTask or one that reads; "Unknown" for a path that the API does not have."""
        try:
            return read_request(received).operation
        except RefusedError:
            return "Unknown"

    def refuse(self, received: Received, status: int, code: str, message: str) -> Reply:
        """An error reply that a fault rule asked for."""
        return error_reply(received, status, code, message)

    async def answer(self, received: Received) -> Reply:
        """Verify, then invoke or look up."""
        try:
            request = read_request(received)
            self._verify(received)
            if request.operation == "ListFunctions":
                return self._list_functions(request)
            function = self._find(request)
            if request.operation in _DESCRIBING:
                return self._describe(function, request)
            if request.operation == "GetAsyncTask":
                return self._get_task(function, request)
            if request.asynchronous:
                return self._accept(function, request, received.body)
        except RefusedError as error:
            return error_reply(received, error.status, error.code, error.message)
        return await self._invoke(function, received.body)

    def _verify(self, received: Received) -> None:
        if received.path.startswith(f"/{OLD_API}/"):
            identity = verify_old(received, self._identities, self._clock)
        else:
            try:
                identity = self._verify_acs3(received)
            except IdentityError as error:
                raise refused_identity(error) from error
        if identity.account_id != self._account_id:
            raise RefusedError(403, "AccessDenied", f"{identity.arn} may not call functions of {self._account_id}")

    def _find(self, request: Request) -> Function:
        if request.service is not None and not self._deployments.has_service(request.service):
            raise RefusedError(404, "ServiceNotFound", f"service '{request.service}' does not exist")
        function = self._deployments.find(request.function, request.service)
        if function is None:
            raise RefusedError(404, "FunctionNotFound", f"function '{request.function}' does not exist")
        if request.qualifier != "LATEST":
            code = "VersionNotFound" if request.qualifier.isdecimal() else "AliasNotFound"
            raise RefusedError(404, code, f"'{request.qualifier}' of '{request.function}' does not exist")
        return function

    def _list_functions(self, request: Request) -> Reply:
        rows = [self._describe_function(one) for one in self._deployments.functions]
        return _answer(page("functions", rows, request.query, "functionName"))

    def _describe_function(self, function: Function) -> dict[str, Any]:
        return describe_function(function, self._region, self._account_id, self._deployments.put_at(function.key))

    def _describe(self, function: Function, request: Request) -> Reply:
        if request.operation == "GetFunction":
            return _answer(self._describe_function(function))
        if request.operation == "ListTriggers":
            rows = [describe_timer(timer) for timer in self._control.timers_of(function.key)]
            return _answer(page("triggers", rows, request.query, "triggerName"))
        if not function.async_config:
            raise RefusedError(404, "AsyncConfigNotExists", f"'{request.function}' has no async invoke config")
        arn = function_arn(function, self._region, self._account_id)
        return _answer(function.async_config | {"functionArn": arn})

    async def _invoke(self, function: Function, event: bytes) -> Reply:
        request_id, outcome = await self._invocations.now(function, event)
        headers = {
            "x-fc-request-id": request_id,
            "x-fc-invocation-duration": str(round(outcome.milliseconds)),
            "content-type": "application/octet-stream",
        }
        if outcome.failure is not None:
            headers |= {"x-fc-error-type": outcome.failure, "content-type": "application/json"}
        return Reply(200, outcome.body, headers)

    def _accept(self, function: Function, request: Request, event: bytes) -> Reply:
        try:
            task = self._invocations.enqueue(function, event, task_id=request.task_id)
        except DuplicateTaskError as error:
            code = "StatefulAsyncInvocationAlreadyExists" if request.service else "AsyncTaskAlreadyExists"
            message = f"async task '{request.task_id}' of function '{request.function}' already exists"
            raise RefusedError(409, code, message) from error
        return Reply(202, b"", {"x-fc-request-id": task.request_id, "x-fc-async-task-id": task.task_id})

    def _get_task(self, function: Function, request: Request) -> Reply:
        task = self._invocations.task(function, request.task_id or "")
        if task is None:
            raise RefusedError(404, "AsyncTaskNotFound", f"async task '{request.task_id}' does not exist")
        error = task.executions[-1].error if task.status == "Failed" else None
        fields = {
            "taskId": task.task_id,
            "requestId": task.request_id,
            "status": task.status,
            "alreadyRetriedTimes": max(len(task.executions) - 1, 0),
            "taskErrorMessage": error or "",
        }
        return json_reply(200, fields, {"x-fc-request-id": task.request_id})

    async def control(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do what tests, the demo and people ask for.

        Raises:
            LookupError: There is no such operation, function or timer.
            ValueError: ``body`` does not fit the operation; the message says why.
        """
        return await self._control.run(path, body)


def _answer(fields: dict[str, Any]) -> Reply:
    return json_reply(200, fields, {"x-fc-request-id": str(uuid.uuid4())})
