// Signatures and certificates over OpenSSL 3, for what its API cannot say to Swift in one call.
#ifndef CVIGILCRYPTO_H
#define CVIGILCRYPTO_H

#include <stddef.h>
#include <stdint.h>

/// A private or public key of OpenSSL; counted, and safe to use from several threads at once.
typedef struct evp_pkey_st VigilKey;

/// What a key is good for.
enum { VIGIL_KEY_OTHER = 0, VIGIL_KEY_P256 = 1, VIGIL_KEY_ED25519 = 2 };

/// Has OpenSSL keep private keys in locked pages that no core has, and wipe whatever else it gives back. Called first
/// in a program that has a key.
void vigil_keys_guard(void);
/// Overwrites what must not stay in memory.
void vigil_wipe(void *memory, size_t count);

/// A new key pair of a kind, or NULL.
VigilKey *vigil_key_generate(int kind);
/// A private key from PEM (SEC1 or PKCS#8), or NULL; encrypted ones are refused.
VigilKey *vigil_key_from_pem(const char *pem, size_t count);
/// A private key from a text as Coinbase gives it, or NULL: a PEM in which `\\n` may be written as two characters, or
/// base64 of an Ed25519 seed with or without its public part. No copy of the text is left behind.
VigilKey *vigil_key_from_text(const char *text, size_t count);
/// An Ed25519 key from its 32-byte seed, or NULL.
VigilKey *vigil_key_from_seed(const uint8_t *seed);
/// Gives a key back.
void vigil_key_free(VigilKey *key);
/// Its kind; VIGIL_KEY_OTHER for what Coinbase does not know.
int vigil_key_kind(const VigilKey *key);
/// The private key as PEM (SEC1 for P-256, PKCS#8 otherwise), to be given to `vigil_free`, or NULL.
char *vigil_key_pem(VigilKey *key);
/// The 32-byte seed and the 32-byte public part of an Ed25519 key. Returns 0, or -1.
int vigil_key_ed25519(VigilKey *key, uint8_t *seed, uint8_t *public_part);

/// Signs: r || s for P-256 (over SHA-256), RFC 8032 for Ed25519; 64 bytes. Returns 0, or -1.
int vigil_sign(VigilKey *key, const uint8_t *message, size_t count, uint8_t *signature);
/// 1 where the 64 bytes are this key's signature of the message, otherwise 0.
int vigil_verify(VigilKey *key, const uint8_t *message, size_t count, const uint8_t *signature);

/// A certificate as PEM, to be given to `vigil_free`, or NULL.
///
/// With `issuer` NULL it is a certificate authority that signs itself; otherwise a server
/// certificate for the names (`DNS:localhost,IP:127.0.0.1`), signed by the issuer.
char *vigil_certificate(
    VigilKey *key, const char *common_name, const char *names, VigilKey *issuer_key,
    const char *issuer, long days);

/// Frees what this library made.
void vigil_free(void *memory);

#endif
