#include "tls_peer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char *pem_text(BIO *memory)
{
    char *data = NULL;
    long length = BIO_get_mem_data(memory, &data);
    char *text = str_copy((struct str){data, (size_t)length});
    BIO_free(memory);
    return text;
}

static X509 *read_certificate(const struct identity *identity)
{
    BIO *memory = BIO_new_mem_buf(identity->certificate_pem, -1);
    X509 *certificate = PEM_read_bio_X509(memory, NULL, NULL, NULL);
    BIO_free(memory);
    assert(certificate);
    return certificate;
}

static EVP_PKEY *read_key(const struct identity *identity)
{
    BIO *memory = BIO_new_mem_buf(identity->key_pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL);
    BIO_free(memory);
    assert(key);
    return key;
}

static void add_extension(X509 *certificate, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    assert(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

static void name_it(X509 *certificate, const char *names, const X509 *issuer)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               (const unsigned char *)(issuer ? "leaf" : names), -1, -1, 0);
    X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : subject);
    if (issuer)
        add_extension(certificate, NID_subject_alt_name, names);
    else
        add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
}

struct identity identity_new(const char *names, const struct identity *issuer)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *issuer_certificate = issuer ? read_certificate(issuer) : NULL;
    EVP_PKEY *issuer_key = issuer ? read_key(issuer) : NULL;
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), issuer ? 2 : 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    name_it(certificate, names, issuer_certificate);
    X509_sign(certificate, issuer_key ? issuer_key : key, EVP_sha256());
    BIO *certificate_text = BIO_new(BIO_s_mem());
    BIO *key_text = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(certificate_text, certificate);
    PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL);
    X509_free(certificate);
    X509_free(issuer_certificate);
    EVP_PKEY_free(key);
    EVP_PKEY_free(issuer_key);
    return (struct identity){.certificate_pem = pem_text(certificate_text),
                             .key_pem = pem_text(key_text)};
}

void identity_done(struct identity *identity)
{
    free(identity->certificate_pem);
    free(identity->key_pem);
    *identity = (struct identity){0};
}

static void answer(SSL *ssl, const char *head)
{
    char body[600];
    char text[1000];
    const char *host = strstr(head, "Host: ");
    const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    X509 *client = SSL_get1_peer_certificate(ssl);
    snprintf(body, sizeof body, "sni=%s host=%.*s client=%d", sni ? sni : "",
             host ? (int)strcspn(host + 6, "\r") : 0, host ? host + 6 : "", client != NULL);
    X509_free(client);
    int length = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
                          strlen(body), body);
    SSL_write(ssl, text, length);
}

static void serve(SSL *ssl)
{
    char head[4096];
    size_t length = 0;
    int count = 1;
    while (count > 0 && length < sizeof head - 1) {
        count = SSL_read(ssl, head + length, (int)(sizeof head - 1 - length));
        length += count > 0 ? (size_t)count : 0;
        head[length] = '\0';
        if (strstr(head, "\r\n\r\n") == NULL)
            continue;
        answer(ssl, head);
        length = 0;
    }
}

static SSL_CTX *make_context(const struct identity *identity, const struct identity *client_ca)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    X509 *certificate = read_certificate(identity);
    EVP_PKEY *key = read_key(identity);
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    if (client_ca) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), read_certificate(client_ca));
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    return context;
}

static void serve_connection(int descriptor, SSL_CTX *context)
{
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, descriptor);
    if (SSL_accept(ssl) == 1)
        serve(ssl);
}

/* A process for each connection: kept ones must not hold up the next. */
static _Noreturn void run(int listener, SSL_CTX *context)
{
    for (;;) {
        int descriptor = accept(listener, NULL, NULL);
        if (fork() == 0) {
            serve_connection(descriptor, context);
            _exit(0);
        }
        close(descriptor);
    }
}

struct tls_peer tls_peer_start(const struct identity *identity, const struct identity *client_ca)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    struct tls_peer peer = {0};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int bound = bind(listener, (struct sockaddr *)&address, length);
    int listening = listen(listener, 16);
    getsockname(listener, (struct sockaddr *)&address, &length);
    assert(bound == 0 && listening == 0);
    peer.port = ntohs(address.sin_port);
    peer.process = fork();
    if (peer.process == 0) {
        setpgid(0, 0);
        alarm(50);
        run(listener, make_context(identity, client_ca));
    }
    assert(peer.process > 0);
    setpgid(peer.process, peer.process);
    close(listener);
    return peer;
}

void tls_peer_stop(struct tls_peer *peer)
{
    kill(-peer->process, SIGKILL);
    waitpid(peer->process, NULL, 0);
}
