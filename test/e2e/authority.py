"""A certificate authority of the tests, and what it issues."""
import subprocess

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]


def openssl(*arguments):
    subprocess.run(["openssl", *[str(argument) for argument in arguments]], check=True, capture_output=True)


class Authority:
    def __init__(self, folder, name):
        self.certificate = folder / f"{name}.crt"
        self.key = folder / f"{name}.key"
        openssl("req", "-x509", *KEY, "-keyout", self.key, "-out", self.certificate, "-subj", f"/CN={name}")

    def issue(self, certificate, key):
        """For an API server on 127.0.0.1."""
        openssl("req", "-x509", "-CA", self.certificate, "-CAkey", self.key, *KEY, "-keyout", key, "-out", certificate,
                "-subj", "/CN=kube-apiserver", "-addext", "basicConstraints=critical,CA:FALSE", "-addext",
                "subjectAltName=IP:127.0.0.1,DNS:kubernetes.default.svc")
