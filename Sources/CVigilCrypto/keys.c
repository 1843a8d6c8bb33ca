#include "CVigilCrypto.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

VigilKey *vigil_key_generate(int kind) {
    return kind == VIGIL_KEY_ED25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                                     : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

// An encrypted PEM must not make the process ask a terminal for a password.
static int no_password(char *buffer, int size, int writing, void *context) {
    (void)buffer, (void)size, (void)writing, (void)context;
    return -1;
}

VigilKey *vigil_key_from_pem(const char *pem, size_t count) {
    BIO *input = BIO_new_mem_buf(pem, (int)count);
    if (!input) return NULL;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(input, NULL, no_password, NULL);
    BIO_free(input);
    return key;
}

VigilKey *vigil_key_from_seed(const uint8_t *seed) {
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
}

static int is_space(char sign) { return sign == ' ' || sign == '\t' || sign == '\r' || sign == '\n'; }

// The text with `\n` as line ends and without space around it, ended by a line end and a zero; to be cleared by the
// caller.
static char *plain_text(const char *text, size_t count, size_t *length) {
    char *plain = OPENSSL_malloc(count + 2);
    if (!plain) return NULL;
    size_t used = 0;
    for (size_t at = 0; at < count; at++) {
        int is_end = text[at] == '\\' && at + 1 < count && text[at + 1] == 'n';
        char sign = is_end ? '\n' : text[at];
        at += is_end ? 1 : 0;
        if (used > 0 || !is_space(sign)) plain[used++] = sign;
    }
    while (used > 0 && is_space(plain[used - 1])) used--;
    plain[used] = '\n';
    plain[used + 1] = 0;
    *length = used;
    return plain;
}

// Base64 of 32 bytes, or of 64 of which the last 32 are the public part: where both disagree the text was damaged.
static VigilKey *key_from_base64(const char *text, size_t count) {
    size_t fill = count == 44 ? 1 : count == 88 ? 2 : 0;
    const char *first = memchr(text, '=', count);
    if (fill == 0 || !first || first != text + count - fill || text[count - 1] != '=') return NULL;
    uint8_t bytes[66], public_part[32], seed[32];
    VigilKey *key = NULL;
    if (EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)count) == (int)(count / 4 * 3))
        key = vigil_key_from_seed(bytes);
    if (key && count == 88 &&
        (vigil_key_ed25519(key, seed, public_part) != 0 || memcmp(public_part, bytes + 32, 32) != 0)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
    OPENSSL_cleanse(seed, sizeof seed);
    return key;
}

VigilKey *vigil_key_from_text(const char *text, size_t count) {
    static const char begin[] = "-----BEGIN";
    size_t length = 0;
    char *plain = plain_text(text, count, &length);
    if (!plain) return NULL;
    int is_pem = length >= sizeof begin - 1 && memcmp(plain, begin, sizeof begin - 1) == 0;
    VigilKey *key = is_pem ? vigil_key_from_pem(plain, length + 1) : key_from_base64(plain, length);
    OPENSSL_clear_free(plain, count + 2);
    return key;
}

void vigil_key_free(VigilKey *key) { EVP_PKEY_free(key); }

int vigil_key_kind(const VigilKey *key) {
    if (EVP_PKEY_is_a(key, "ED25519")) return VIGIL_KEY_ED25519;
    char group[32];
    size_t count = 0;
    if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, &count) == 1 &&
        strcmp(group, "prime256v1") == 0)
        return VIGIL_KEY_P256;
    return VIGIL_KEY_OTHER;
}

static char *text_of(BIO *output) {
    char *data = NULL;
    long count = BIO_get_mem_data(output, &data);
    char *text = count >= 0 ? OPENSSL_strndup(data, (size_t)count) : NULL;
    BIO_free(output);
    return text;
}

char *vigil_key_pem(VigilKey *key) {
    BIO *output = BIO_new(BIO_s_mem());
    if (!output) return NULL;
    int done = vigil_key_kind(key) == VIGIL_KEY_P256
        ? PEM_write_bio_PrivateKey_traditional(output, key, NULL, NULL, 0, NULL, NULL)
        : PEM_write_bio_PrivateKey(output, key, NULL, NULL, 0, NULL, NULL);
    if (done == 1) return text_of(output);
    BIO_free(output);
    return NULL;
}

int vigil_key_ed25519(VigilKey *key, uint8_t *seed, uint8_t *public_part) {
    size_t seed_count = 32, public_count = 32;
    return EVP_PKEY_get_raw_private_key(key, seed, &seed_count) == 1 && seed_count == 32 &&
            EVP_PKEY_get_raw_public_key(key, public_part, &public_count) == 1 && public_count == 32
        ? 0
        : -1;
}

// JOSE wants r || s at full width; OpenSSL speaks DER.
static int raw_of_der(const uint8_t *der, size_t count, uint8_t *raw) {
    ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &der, (long)count);
    if (!parts) return -1;
    int done = BN_bn2binpad(ECDSA_SIG_get0_r(parts), raw, 32) == 32 &&
            BN_bn2binpad(ECDSA_SIG_get0_s(parts), raw + 32, 32) == 32
        ? 0
        : -1;
    ECDSA_SIG_free(parts);
    return done;
}

static size_t der_of_raw(const uint8_t *raw, uint8_t *der) {
    ECDSA_SIG *parts = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, 32, NULL), *s = BN_bin2bn(raw + 32, 32, NULL);
    if (!parts || !r || !s || ECDSA_SIG_set0(parts, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(parts);
        return 0;
    }
    int count = i2d_ECDSA_SIG(parts, &der);
    ECDSA_SIG_free(parts);
    return count > 0 ? (size_t)count : 0;
}

int vigil_sign(VigilKey *key, const uint8_t *message, size_t count, uint8_t *signature) {
    int kind = vigil_key_kind(key);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t der[80];
    size_t size = kind == VIGIL_KEY_P256 ? sizeof der : 64;
    int done = -1;
    if (context && kind != VIGIL_KEY_OTHER &&
        EVP_DigestSignInit(context, NULL, kind == VIGIL_KEY_P256 ? EVP_sha256() : NULL, NULL, key) == 1 &&
        EVP_DigestSign(context, kind == VIGIL_KEY_P256 ? der : signature, &size, message, count) == 1)
        done = kind == VIGIL_KEY_P256 ? raw_of_der(der, size, signature) : 0;
    EVP_MD_CTX_free(context);
    return done;
}

int vigil_verify(VigilKey *key, const uint8_t *message, size_t count, const uint8_t *signature) {
    int kind = vigil_key_kind(key);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t der[80];
    size_t size = 64;
    if (kind == VIGIL_KEY_P256) size = der_of_raw(signature, der);
    int good = context && size > 0 && kind != VIGIL_KEY_OTHER &&
        EVP_DigestVerifyInit(context, NULL, kind == VIGIL_KEY_P256 ? EVP_sha256() : NULL, NULL, key) == 1 &&
        EVP_DigestVerify(context, kind == VIGIL_KEY_P256 ? der : signature, size, message, count) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

void vigil_free(void *memory) { OPENSSL_free(memory); }
