"""Wrong bodies, made from the schemas of the contract: what a client can get wrong, it will.

A mutant differs from a valid body in one place. It counts as wrong when the contract's own schema
refuses it; the server must then refuse it too, and name that place.
"""
import copy

import jsonschema

VALUES = (None, True, False, 0, -1, 1.5, 2**53, 2**64, -(2**63), 1e300, "", " ", "x" * 300, "a b",
          "é", "\u0000", "1", "2026-02-30T00:00:00Z", "yesterday", [], {}, [1], {"a": 1}, [[]])
# A body with every field of its schema, where the schema alone does not give one.
BY_NAME = {
    "name": "Name", "price": 100, "stock": 10, "add_stock": 1, "user_id": "ann",
    "purchase_id": "P-1", "product_id": "bad-input", "quantity": 2, "reason": "a reason",
    "value": 10, "type": "fixed", "ack": "verdict", "coupon_valid_days": 3, "coupon_id": 1,
    "opens_at": "2090-01-01T00:00:00Z", "closes_at": "2091-01-01T00:00:00Z",
    "occurred_at": "2026-01-01T00:00:00Z",
}


class Bodies:
    """The bodies of one operation."""

    def __init__(self, contract, schema):
        self.contract = contract
        self.schema = contract.resolve(schema)
        self.validator = jsonschema.Draft202012Validator(self.schema, resolver=contract.resolver)
        self.valid = self._whole(self.schema, "")
        self.validator.validate(self.valid)

    def _whole(self, schema, name):
        schema = self.contract.resolve(schema)
        if name in BY_NAME:
            return copy.deepcopy(BY_NAME[name])
        if "properties" in schema:
            return {key: self._whole(child, key) for key, child in schema["properties"].items()}
        if "items" in schema:
            return [self._whole(schema["items"], "")]
        raise AssertionError(f"no valid value is known for the field '{name}'")

    def _places(self, value, path=()):
        """Every place below `value`, as a path of keys and indices."""
        children = value.items() if isinstance(value, dict) else (
            enumerate(value) if isinstance(value, list) else ())
        for key, child in children:
            yield (*path, key)
            yield from self._places(child, (*path, key))

    def _schema_at(self, path):
        schema = self.schema
        for key in path:
            schema = self.contract.resolve(schema)
            schema = schema["items"] if isinstance(key, int) else schema["properties"][key]
        return self.contract.resolve(schema)

    def _is_wrong(self, body, path, value):
        if not self.validator.is_valid(body):
            return True
        # Formats are not part of a schema's validation.
        schema = self._schema_at(path)
        return isinstance(value, str) and "date-time" in str(schema.get("format", "")) + str(
            [child.get("format") for child in schema.get("anyOf", schema.get("oneOf", []))])

    def mutants(self):
        """(field, body) of every body that is wrong in one place."""
        for path in self._places(self.valid):
            for value in VALUES:
                body = copy.deepcopy(self.valid)
                self._parent(body, path)[path[-1]] = value
                if self._is_wrong(body, path, value):
                    yield field_name(path), body
            if isinstance(path[-1], str):
                body = copy.deepcopy(self.valid)
                del self._parent(body, path)[path[-1]]
                if not self.validator.is_valid(body):
                    yield field_name(path), body
        for path in ((), *self._places(self.valid)):
            if isinstance(self._at(self.valid, path), dict):
                body = copy.deepcopy(self.valid)
                self._at(body, path)["surplus"] = 1
                yield field_name((*path, "surplus")), body

    def _parent(self, body, path):
        return self._at(body, path[:-1])

    def _at(self, body, path):
        for key in path:
            body = body[key]
        return body


def field_name(path):
    """lines[2].quantity"""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def names(fields, wanted):
    """Whether a problem complains of `wanted` or of something within it."""
    return any(field == wanted or field.startswith((f"{wanted}.", f"{wanted}["))
               for field in fields)


# Bodies that are no JSON at all, or none that may be read: what, bytes.
UNREADABLE = (
    ("nothing", b""), ("blanks", b"  "), ("half an object", b'{"name": "x"'), ("words", b"hello"),
    ("two values", b"{} {}"), ("a trailing comma", b'{"name": "x",}'), ("a comment", b"{/* */}"),
    ("single quotes", b"{'name': 'x'}"), ("NaN", b'{"price": NaN}'), ("a BOM", b"\xef\xbb\xbf{}"),
    ("invalid UTF-8", b'{"name": "\xff\xfe"}'), ("a cut-off UTF-8", b'{"name": "\xe2\x82"}'),
    ("overlong UTF-8", b'{"name": "\xc0\xaf"}'), ("a surrogate in UTF-8", b'{"n": "\xed\xa0\x80"}'),
    ("a lone surrogate", b'{"name": "\\ud800"}'), ("a raw control character", b'{"name": "a\nb"}'),
    ("a leading zero", b'{"price": 01}'), ("a deep array", b"[" * 100000),
    ("a deep object", b'{"a":' * 1000 + b"1" + b"}" * 1000),
    ("a level too deep", b'{"name": ' + b"[" * 16 + b"]" * 16 + b"}"),
)
# JSON that is no object.
NO_OBJECT = (b"null", b"5", b'"text"', b"[]", b"true", b"[{}]")
