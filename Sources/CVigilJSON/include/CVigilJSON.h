// simdjson behind a C interface: a document is checked whole before any of it is read, and numbers
// go from text to fixed point without a detour.
#ifndef CVIGIL_JSON_H
#define CVIGIL_JSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vigil_json vigil_json;

/// A place in a document; valid until its parser reads the next one.
typedef struct {
    const void *document;
    uint64_t index;
} vigil_node;

typedef struct {
    vigil_node current;
    vigil_node end;
} vigil_items;

enum {
    VIGIL_JSON_OK = 0,
    VIGIL_JSON_TOO_LONG = 1,
    VIGIL_JSON_TOO_DEEP = 2,
    VIGIL_JSON_NOT_UTF8 = 3,
    VIGIL_JSON_BROKEN = 4,
    VIGIL_JSON_NO_MEMORY = 5,
};

enum {
    VIGIL_NULL = 0,
    VIGIL_BOOL = 1,
    VIGIL_NUMBER = 2,
    VIGIL_STRING = 3,
    VIGIL_ARRAY = 4,
    VIGIL_OBJECT = 5,
};

/// What became of a decimal or a time.
enum {
    VIGIL_VALUE_OK = 0,
    /// Null, an empty text, or the venue's year 1.
    VIGIL_VALUE_ABSENT = 1,
    VIGIL_VALUE_BROKEN = 2,
    /// Digits other than zero beyond the 18th place, which the value lacks.
    VIGIL_VALUE_TOO_FINE = 3,
    VIGIL_VALUE_TOO_LARGE = 4,
};

/// 128 bits of fixed point, 10^-18 a unit; Swift does not import the compiler's own type.
typedef struct {
    uint64_t low;
    int64_t high;
} vigil_fixed;

/// A parser of documents up to a length; null without memory.
vigil_json *vigil_json_new(size_t length_max);
void vigil_json_free(vigil_json *json);
int vigil_json_parse(vigil_json *json, const uint8_t *bytes, size_t length, vigil_node *root);
/// How many bytes have to follow a secret document that the parser may read, and does not look at.
enum { VIGIL_JSON_PADDING = 64 };
/// As `vigil_json_parse`, without a copy of the document; `vigil_json_wipe` then overwrites what was made of it.
int vigil_json_parse_secret(vigil_json *json, const uint8_t *bytes, size_t length, vigil_node *root);
void vigil_json_wipe(vigil_json *json);

int vigil_node_kind(vigil_node node);
/// Not zero where an object has the key.
int vigil_node_get(vigil_node node, const char *key, size_t length, vigil_node *value);
/// Not zero for a string.
int vigil_node_text(vigil_node node, const char **bytes, size_t *length);
/// Not zero for true and false.
int vigil_node_bool(vigil_node node, int *value);
/// Not zero for a whole number, or a string of one.
int vigil_node_integer(vigil_node node, int64_t *value);
int vigil_node_decimal(vigil_node node, vigil_fixed *value);
/// RFC 3339 in UTC, nanoseconds since 1970.
int vigil_node_time(vigil_node node, int64_t *nanoseconds);
/// Not zero for an array.
int vigil_node_items(vigil_node node, vigil_items *items);
/// Not zero where there is one more.
int vigil_items_next(vigil_items *items, vigil_node *item);

typedef struct {
    vigil_fixed price;
    vigil_fixed quantity;
    int64_t occurred;
    int32_t is_bid;
    int32_t status;
} vigil_level;

/// The level updates of a level2 event. Returns how many the array has, or -1 for no array; at most
/// `capacity` are written. A level that cannot be read has a status that is not VIGIL_VALUE_OK.
long vigil_levels(vigil_node array, vigil_level *levels, size_t capacity);

/// For text from elsewhere.
int vigil_decimal(const char *bytes, size_t length, vigil_fixed *value);
int vigil_time(const char *bytes, size_t length, int64_t *nanoseconds);

#ifdef __cplusplus
}
#endif
#endif
