#ifndef TEST_UNIT_KUBE_PEM_SAMPLES_H
#define TEST_UNIT_KUBE_PEM_SAMPLES_H

/* Shaped like the real ones; what is in them is nothing. */
#define CERTIFICATE_A "-----BEGIN CERTIFICATE-----\nQUFB\n-----END CERTIFICATE-----\n"
#define CERTIFICATE_B "-----BEGIN CERTIFICATE-----\nQkJC\n-----END CERTIFICATE-----\n"
#define KEY_A "-----BEGIN EC PRIVATE KEY-----\nS0VZ\n-----END EC PRIVATE KEY-----\n"
#define KEY_B "-----BEGIN PRIVATE KEY-----\nS0VC\n-----END PRIVATE KEY-----\n"

/* The same as base64 of the whole. */
#define CERTIFICATE_A_DATA                                                                         \
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tClFVRkIKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="
#define KEY_A_DATA                                                                                 \
    "LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0tLS0tClMwVloKLS0tLS1FTkQgRUMgUFJJVkFURSBLRVktLS0tLQo="

#endif
