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

    def issue(self, certificate, key, name, *extensions):
        wanted = [part for extension in ("basicConstraints=critical,CA:FALSE", *extensions)
                  for part in ("-addext", extension)]
        openssl("req", "-x509", "-CA", self.certificate, "-CAkey", self.key, *KEY, "-keyout", key, "-out", certificate,
                "-subj", f"/CN={name}", *wanted)

    def issue_server(self, certificate, key):
        """For an API server on 127.0.0.1."""
        self.issue(certificate, key, "kube-apiserver", "subjectAltName=IP:127.0.0.1,DNS:kubernetes.default.svc")

    def issue_client(self, certificate, key, name):
        """For whom the API server calls by that name."""
        self.issue(certificate, key, name, "extendedKeyUsage=clientAuth")
