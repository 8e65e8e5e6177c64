"""Certificates for tests, made by openssl: authorities, and what they sign."""
import pathlib
import ssl
import subprocess

CONFIG = """
[ca]
default_ca = authority
[authority]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
policy = anything
unique_subject = no
copy_extensions = none
[anything]
commonName = supplied
"""


def openssl(*arguments):
    subprocess.run(["openssl", *[str(argument) for argument in arguments]], check=True, capture_output=True)


def new_key(path):
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)
    return path


class Authority:
    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir(parents=True)
        self.certificate = self.folder / "ca.pem"
        (self.folder / "index").write_text("")
        (self.folder / "serial").write_text("1000\n")
        (self.folder / "openssl.cnf").write_text(CONFIG.format(folder=self.folder))
        new_key(self.folder / "ca.key")
        openssl("req", "-x509", "-new", "-key", self.folder / "ca.key", "-days", "2", "-subj", f"/CN={name}",
                "-out", self.certificate)

    def issue(self, name, alternative="IP:127.0.0.1", start="20200101000000Z", end="20490101000000Z"):
        """(certificate, key): paths."""
        certificate, key, request = (self.folder / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alternative}\n")
        new_key(key)
        openssl("req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request)
        openssl("ca", "-batch", "-config", self.folder / "openssl.cnf", "-in", request, "-out", certificate, "-notext",
                "-startdate", start, "-enddate", end, "-extfile", extensions)
        return certificate, key

    def serve(self, name="server", **more):
        """An SSL context with a certificate of this authority."""
        return context(*self.issue(name, **more))


def context(certificate, key, clients=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    if clients is not None:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(clients)
    return made
