"""Shopper tokens, as any library of the shop makes them."""
import base64
import hmac
import json
import time


def shopper_token(user, secret, lasts=60, **header):
    """A JSON Web Token (HS256) for `user`, good for `lasts` seconds from now."""
    def part(data):
        text = data if isinstance(data, bytes) else json.dumps(data).encode()
        return base64.urlsafe_b64encode(text).rstrip(b"=")
    text = part({"alg": "HS256", "typ": "JWT", **header}) + b"." + part(
        {"sub": user, "exp": int(time.time()) + lasts, "iat": int(time.time())})
    return (text + b"." + part(hmac.digest(secret.encode(), text, "sha256"))).decode()
