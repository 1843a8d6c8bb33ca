#include "CVigilCrypto.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>

static int extend(X509 *certificate, X509 *issuer, int kind, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    if (!extension) return 0;
    int done = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return done;
}

static int fill(
    X509 *certificate, VigilKey *key, const char *common_name, const char *names, X509 *issuer,
    long days) {
    uint8_t serial[16];
    if (RAND_bytes(serial, sizeof serial) != 1) return 0;
    serial[0] &= 0x7f;
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    X509_NAME *name = X509_NAME_new();
    int done = number && name && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) &&
        X509_set_version(certificate, 2) == 1 &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -86400) &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), days * 86400) &&
        X509_NAME_add_entry_by_txt(
            name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0) == 1 &&
        X509_set_subject_name(certificate, name) == 1 &&
        X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : name) == 1 &&
        X509_set_pubkey(certificate, key) == 1;
    BN_free(number);
    X509_NAME_free(name);
    if (!done) return 0;
    X509 *above = issuer ? issuer : certificate;
    done = extend(certificate, above, NID_subject_key_identifier, "hash");
    if (!issuer)
        return done && extend(certificate, above, NID_basic_constraints, "critical,CA:TRUE") &&
            extend(certificate, above, NID_key_usage, "critical,keyCertSign,cRLSign");
    return done && extend(certificate, above, NID_authority_key_identifier, "keyid") &&
        extend(certificate, above, NID_basic_constraints, "critical,CA:FALSE") &&
        extend(certificate, above, NID_key_usage, "critical,digitalSignature") &&
        extend(certificate, above, NID_ext_key_usage, "serverAuth") &&
        extend(certificate, above, NID_subject_alt_name, names);
}

char *vigil_certificate(
    VigilKey *key, const char *common_name, const char *names, VigilKey *issuer_key,
    const char *issuer, long days) {
    X509 *above = NULL;
    if (issuer) {
        BIO *input = BIO_new_mem_buf(issuer, -1);
        above = input ? PEM_read_bio_X509(input, NULL, NULL, NULL) : NULL;
        BIO_free(input);
        if (!above) return NULL;
    }
    X509 *certificate = X509_new();
    BIO *output = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (certificate && output && fill(certificate, key, common_name, names, above, days) &&
        X509_sign(certificate, issuer ? issuer_key : key, EVP_sha256()) > 0 &&
        PEM_write_bio_X509(output, certificate) == 1) {
        char *data = NULL;
        long count = BIO_get_mem_data(output, &data);
        if (count > 0) text = OPENSSL_strndup(data, (size_t)count);
    }
    BIO_free(output);
    X509_free(certificate);
    X509_free(above);
    return text;
}
