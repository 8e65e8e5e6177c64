"""What a kubelet mounts into a pod: token and ca.crt, changed by one rename of a symlink."""
import base64
import itertools
import json
import os
import shutil
import subprocess
import time


class ServiceAccountFolder:
    def __init__(self, folder, token, authority):
        self.folder = folder
        self.token = token
        self.authority = authority
        self.numbers = itertools.count(1)
        folder.mkdir()
        self.write()
        for name in ("token", "ca.crt", "namespace"):
            (folder / name).symlink_to(f"..data/{name}")

    def write(self, token=None, authority=None):
        self.token = token or self.token
        self.authority = authority or self.authority
        data = self.folder / f"..version_{next(self.numbers)}"
        data.mkdir()
        (data / "token").write_text(self.token)
        (data / "ca.crt").write_text(self.authority)
        (data / "namespace").write_text("default")
        old = os.path.realpath(self.folder / "..data")
        (self.folder / "..data_tmp").symlink_to(data.name)
        (self.folder / "..data_tmp").rename(self.folder / "..data")
        if old != str(self.folder / "..data"):
            shutil.rmtree(old)


def encoded(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def token_id(token):
    """As the audit log names it."""
    claims = token.split(".")[1]
    return "JTI=" + json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["jti"]


def sign_token(key, account, uid, seconds):
    """A token that ends sooner than the API server would issue one (10 minutes); it takes each for a minute longer, and
    believes what it took for ten seconds without looking."""
    end = int(time.time()) + seconds - 60
    claims = {"iss": "https://kubernetes.default.svc", "aud": ["https://kubernetes.default.svc"], "iat": end - 600,
              "nbf": end - 600, "exp": end, "sub": f"system:serviceaccount:default:{account}", "jti": f"{account}-{end}",
              "kubernetes.io": {"namespace": "default", "serviceaccount": {"name": account, "uid": uid}}}
    parts = [encoded(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
    signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=".".join(parts).encode(), check=True,
                            capture_output=True).stdout
    return ".".join([*parts, encoded(signed)])
