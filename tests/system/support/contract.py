"""Every answer is held against openapi.json, the full statement of HTTP.

What must be declared: the path, its method, the status, the content type, the schema of the body,
and the headers that are required. What no document can declare (an unknown path, a method that a
path does not have, a request that cannot be read) must be a problem of the right kind.
"""
import json
import re

import jsonschema

PROBLEM = "application/problem+json"
PROBLEM_FIELDS = {"type": str, "title": str, "status": int, "detail": str, "code": str,
                  "request_id": str, "retryable": bool}
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
# Statuses with which a server refuses a request before it knows what it asks for.
UNREAD = (400, 408, 413, 414, 417, 431, 503)


class ContractBroken(AssertionError):
    """An answer that the contract does not allow."""


class Contract:
    """openapi.json, compiled for looking answers up in it. Safe to share between threads."""

    def __init__(self, document):
        self.document = document
        self.exact = {}
        self.patterns = []
        for template, item in document["paths"].items():
            if "{" not in template:
                self.exact[template] = (template, item)
                continue
            expression = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(template))
            self.patterns.append((re.compile(expression), (template, item)))
        self.resolver = jsonschema.RefResolver("", document)
        self.validators = {}
        self.checked = 0

    def resolve(self, node):
        while "$ref" in node:
            _, node = self.resolver.resolve(node["$ref"])
        return node

    def find(self, path):
        """(template, path item) of a path, or nothing."""
        path = path.split("?", 1)[0]
        if path in self.exact:
            return self.exact[path]
        return next((found for pattern, found in self.patterns if pattern.fullmatch(path)), None)

    def methods(self, item):
        return [method for method in METHODS if method in item]

    def validator(self, schema):
        found = self.validators.get(id(schema))
        if found is None:
            found = jsonschema.Draft202012Validator(schema, resolver=self.resolver)
            self.validators[id(schema)] = found
        return found

    # Checking.

    def check(self, method, path, answer):
        """Raises ContractBroken unless `answer` is one that the contract allows."""
        try:
            self._check(method, path, answer)
        except ContractBroken as broken:
            raise ContractBroken(f"{method} {path} → {answer!r}: {broken}") from None
        self.checked += 1

    def _check(self, method, path, answer):
        self.check_rules(method, answer)
        found = self.find(path)
        if found is None:
            return self._need(answer.status == 404 or answer.status in UNREAD,
                              "a path that is not in the contract")
        template, item = found
        if method == "OPTIONS" and "options" not in item:
            return self._need(answer.status in (204, *UNREAD), "OPTIONS of a path")
        operation = item.get(method.lower())
        if operation is None and method == "HEAD":
            operation = item.get("get")
        if operation is None:
            self._need(answer.status == 405 or answer.status in UNREAD,
                       f"{template} has no {method}")
            return self._check_allow(item, answer)
        return self._check_operation(operation, method, template, answer)

    def _check_allow(self, item, answer):
        if answer.status != 405:
            return
        allowed = {word.strip() for word in answer.headers["allow"].split(",")}
        declared = {method.upper() for method in self.methods(item)}
        self._need(declared <= allowed, f"Allow lacks {declared - allowed}")
        self._need(allowed <= declared | {"HEAD", "OPTIONS"}, f"Allow has {allowed - declared}")

    def _check_operation(self, operation, method, template, answer):
        responses = operation["responses"]
        name = str(answer.status)
        declared = responses.get(name) or responses.get(f"{name[0]}XX") or responses.get("default")
        self._need(declared, f"{method} {template} does not declare {name}")
        declared = self.resolve(declared)
        self._check_headers(declared, answer)
        if method == "HEAD":
            return
        content = declared.get("content")
        if not content:
            self._need(not answer.body, f"{name} has no declared body")
            return
        kind = answer.headers.get("content-type", "").split(";")[0].strip()
        self._need(kind in content, f"content type {kind!r} is not declared for {name}")
        schema = content[kind].get("schema")
        if schema is not None and kind.endswith("json"):
            self.check_schema(schema, answer.json())

    def _check_headers(self, declared, answer):
        for name, header in declared.get("headers", {}).items():
            header = self.resolve(header)
            value = answer.headers.get(name.lower())
            if value is None:
                self._need(not header.get("required"), f"header {name} is missing")
                continue
            schema = self.resolve(header.get("schema", {}))
            self.check_schema(schema, int(value) if schema.get("type") == "integer" else value)

    def check_schema(self, schema, value):
        error = next(self.validator(schema).iter_errors(value), None)
        if error is not None:
            where = "/".join(map(str, error.absolute_path))
            raise ContractBroken(f"schema: at '{where}': {error.message}")

    def check_rules(self, method, answer):
        """What holds for every answer, wherever it comes from."""
        headers = answer.headers
        self._need("date" in headers, "no Date")
        if answer.status in (429, 503):
            self._need(headers.get("retry-after", "").isdigit(), "no Retry-After")
            self._need(int(headers["retry-after"]) >= 1, "Retry-After below a second")
        if answer.status == 405:
            self._need(headers.get("allow"), "405 without Allow")
        if answer.status == 401:
            self._need(headers.get("www-authenticate"), "401 without WWW-Authenticate")
        if answer.status == 202:
            self._need(headers.get("location"), "202 without Location")
            self._need(headers.get("retry-after", "").isdigit(), "202 without Retry-After")
        if answer.status >= 400 and method != "HEAD":
            self._check_problem(answer)

    def _check_problem(self, answer):
        kind = answer.headers.get("content-type", "").split(";")[0]
        if answer.status == 503 and kind == "application/json":
            return  # a health page says what is missing in its own words
        self._need(kind == PROBLEM, f"an error as {kind!r}")
        body = answer.json()
        for name, of_type in PROBLEM_FIELDS.items():
            self._need(type(body.get(name)) is of_type, f"problem: {name} is {body.get(name)!r}")
        self._need(body["status"] == answer.status, "problem: another status")
        self._need(body["retryable"] or answer.status not in (429, 503), "503 is not retryable")
        for error in body.get("errors", []):
            self._need(set(error) == {"field", "message"}, f"problem: error {error}")

    def _need(self, condition, what):
        if not condition:
            raise ContractBroken(what)


def fetch_contract(connection):
    """The contract as the server itself states it."""
    answer = connection.get("/openapi.json")
    assert answer.status == 200, answer
    return Contract(json.loads(answer.body))
