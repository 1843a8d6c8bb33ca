#include <algorithm>
#include "CVigilJSON.h"
#include <charconv>
#include <cstring>
#include <new>
#include <simdjson.h>

using namespace simdjson;

struct vigil_json {
    dom::parser parser;
    size_t length_max;
    vigil_json(size_t max) : parser(max), length_max(max) {}
};

static_assert(VIGIL_JSON_PADDING >= SIMDJSON_PADDING);
static_assert(sizeof(dom::element) == sizeof(vigil_node));
static_assert(sizeof(dom::array::iterator) == sizeof(vigil_node));

template <typename To, typename From> static To cast(const From &from) {
    static_assert(sizeof(To) == sizeof(From) && std::is_trivially_copyable_v<From>);
    To to;
    std::memcpy(static_cast<void *>(&to), &from, sizeof to);
    return to;
}

static dom::element element(vigil_node node) { return cast<dom::element>(node); }

vigil_json *vigil_json_new(size_t length_max) { return new (std::nothrow) vigil_json(length_max); }

void vigil_json_free(vigil_json *json) { delete json; }

// Each value takes some twenty bytes of the parser's, so that a document of nothing but commas would take a multiple of
// its length. What the venue sends has one of these signs in ten bytes: its largest book has some 400,000.
static constexpr size_t signs_max = 2'000'000;

static bool is_too_dense(const uint8_t *bytes, size_t length) {
    if (length <= signs_max) return false;
    return size_t(std::count_if(bytes, bytes + length, [](uint8_t byte) {
               return byte == ',' || byte == ':' || byte == '[' || byte == '{';
           })) > signs_max;
}

static int verdict(simdjson_result<dom::element> result, vigil_node *root) {
    dom::element parsed;
    switch (result.get(parsed)) {
    case SUCCESS: *root = cast<vigil_node>(parsed); return VIGIL_JSON_OK;
    case CAPACITY: return VIGIL_JSON_TOO_LONG;
    case DEPTH_ERROR: return VIGIL_JSON_TOO_DEEP;
    case UTF8_ERROR: return VIGIL_JSON_NOT_UTF8;
    case MEMALLOC: return VIGIL_JSON_NO_MEMORY;
    default: return VIGIL_JSON_BROKEN;
    }
}

int vigil_json_parse(vigil_json *json, const uint8_t *bytes, size_t length, vigil_node *root) {
    if (length > json->length_max || is_too_dense(bytes, length)) return VIGIL_JSON_TOO_LONG;
    return verdict(json->parser.parse(bytes, length), root);
}

int vigil_json_parse_secret(vigil_json *json, const uint8_t *bytes, size_t length, vigil_node *root) {
    if (length > json->length_max) return VIGIL_JSON_TOO_LONG;
    // The buffer is padded, so that simdjson makes no copy of it.
    return verdict(json->parser.parse(bytes, length, false), root);
}

void vigil_json_wipe(vigil_json *json) {
    // What texts are unescaped into, as long as simdjson makes it for a capacity.
    auto &texts = json->parser.doc.string_buf;
    size_t length = SIMDJSON_ROUNDUP_N(5 * json->parser.doc.capacity() / 3 + SIMDJSON_PADDING, 64);
    if (texts) explicit_bzero(texts.get(), length);
}

int vigil_node_kind(vigil_node node) {
    switch (element(node).type()) {
    case dom::element_type::NULL_VALUE: return VIGIL_NULL;
    case dom::element_type::BOOL: return VIGIL_BOOL;
    case dom::element_type::STRING: return VIGIL_STRING;
    case dom::element_type::ARRAY: return VIGIL_ARRAY;
    case dom::element_type::OBJECT: return VIGIL_OBJECT;
    default: return VIGIL_NUMBER;
    }
}

int vigil_node_get(vigil_node node, const char *key, size_t length, vigil_node *value) {
    dom::object object;
    if (element(node).get(object)) return 0;
    std::string_view wanted(key, length);
    for (auto field : object) {
        if (field.key != wanted) continue;
        *value = cast<vigil_node>(field.value);
        return 1;
    }
    return 0;
}

int vigil_node_text(vigil_node node, const char **bytes, size_t *length) {
    std::string_view text;
    if (element(node).get(text)) return 0;
    *bytes = text.data();
    *length = text.size();
    return 1;
}

int vigil_node_bool(vigil_node node, int *value) {
    bool found;
    if (element(node).get(found)) return 0;
    *value = found;
    return 1;
}

int vigil_node_integer(vigil_node node, int64_t *value) {
    if (!element(node).get(*value)) return 1;
    std::string_view text;
    if (element(node).get(text) || text.empty() || text.size() > 20) return 0;
    bool negative = text[0] == '-';
    if (negative) text.remove_prefix(1);
    if (text.empty()) return 0;
    __int128 sum = 0;
    for (char digit : text) {
        if (digit < '0' || digit > '9') return 0;
        sum = sum * 10 + (digit - '0');
    }
    if (negative) sum = -sum;
    if (sum > INT64_MAX || sum < INT64_MIN) return 0;
    *value = static_cast<int64_t>(sum);
    return 1;
}

static vigil_fixed fixed(__int128 value) {
    return {static_cast<uint64_t>(value), static_cast<int64_t>(value >> 64)};
}

static int plain(const char *bytes, size_t length, vigil_fixed *value) {
    static const uint64_t powers[] = {
        1ull, 10ull, 100ull, 1000ull, 10000ull, 100000ull, 1000000ull, 10000000ull, 100000000ull,
        1000000000ull, 10000000000ull, 100000000000ull, 1000000000000ull, 10000000000000ull,
        100000000000000ull, 1000000000000000ull, 10000000000000000ull, 100000000000000000ull,
        1000000000000000000ull};
    if (length == 0) return VIGIL_VALUE_ABSENT;
    const char *at = bytes, *end = bytes + length;
    bool negative = *at == '-';
    if (negative) at++;
    const char *digits = at;
    unsigned __int128 whole = 0;
    while (at < end && *at >= '0' && *at <= '9') {
        if (at - digits > 20) return VIGIL_VALUE_TOO_LARGE;
        whole = whole * 10 + static_cast<unsigned>(*at++ - '0');
    }
    if (at == digits) return VIGIL_VALUE_BROKEN;
    uint64_t fraction = 0;
    int places = 0;
    bool is_finer = false;
    if (at < end) {
        if (*at++ != '.' || at == end) return VIGIL_VALUE_BROKEN;
        while (at < end && *at >= '0' && *at <= '9') {
            if (places == 18) {
                is_finer |= *at != '0';
            } else {
                fraction = fraction * 10 + static_cast<unsigned>(*at - '0');
                places++;
            }
            at++;
        }
        if (at < end) return VIGIL_VALUE_BROKEN;
    }
    const unsigned __int128 limit = ~static_cast<unsigned __int128>(0) >> 1;
    if (whole > limit / powers[18]) return VIGIL_VALUE_TOO_LARGE;
    unsigned __int128 sum = whole * powers[18];
    unsigned __int128 rest = static_cast<unsigned __int128>(fraction) * powers[18 - places];
    if (rest > limit - sum) return VIGIL_VALUE_TOO_LARGE;
    sum += rest;
    *value = fixed(negative ? -static_cast<__int128>(sum) : static_cast<__int128>(sum));
    return is_finer ? VIGIL_VALUE_TOO_FINE : VIGIL_VALUE_OK;
}

// A number with an exponent, written out: "1.5E-8" as "0.000000015".
static int expanded(const char *bytes, const char *mark, const char *end, vigil_fixed *value) {
    const char *at = mark + 1;
    bool down = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) at++;
    int exponent = 0;
    if (at == end || end - at > 3) return VIGIL_VALUE_BROKEN;
    for (; at < end; at++) {
        if (*at < '0' || *at > '9') return VIGIL_VALUE_BROKEN;
        exponent = exponent * 10 + (*at - '0');
    }
    char digits[64], text[2200];
    int count = 0, whole = -1;
    bool negative = bytes < mark && *bytes == '-';
    for (at = bytes + negative; at < mark; at++) {
        if (*at == '.' && whole < 0) {
            whole = count;
        } else if (*at < '0' || *at > '9') {
            return VIGIL_VALUE_BROKEN;
        } else if (count == sizeof digits) {
            return VIGIL_VALUE_TOO_LARGE;
        } else {
            digits[count++] = *at;
        }
    }
    // Digits stand on both sides of a point.
    if (count == 0 || whole == 0 || whole == count) return VIGIL_VALUE_BROKEN;
    int point = (whole < 0 ? count : whole) + (down ? -exponent : exponent);
    size_t length = 0;
    if (negative) text[length++] = '-';
    bool leading = true;
    for (int place = point < 1 ? point - 1 : 0; place < point || place < count; place++) {
        if (place == point) text[length++] = '.';
        char digit = place >= 0 && place < count ? digits[place] : '0';
        // Zeros before the first digit are no digits of it.
        if (leading && digit == '0' && place < point - 1) continue;
        leading = false;
        text[length++] = digit;
    }
    return plain(text, length, value);
}

int vigil_decimal(const char *bytes, size_t length, vigil_fixed *value) {
    int code = plain(bytes, length, value);
    if (code != VIGIL_VALUE_BROKEN && code != VIGIL_VALUE_TOO_LARGE) return code;
    for (size_t place = 0; place < length; place++)
        if (bytes[place] == 'e' || bytes[place] == 'E')
            return expanded(bytes, bytes + place, bytes + length, value);
    return code;
}

int vigil_node_decimal(vigil_node node, vigil_fixed *value) {
    std::string_view text;
    if (!element(node).get(text)) return vigil_decimal(text.data(), text.size(), value);
    int64_t whole;
    if (!element(node).get(whole)) {
        *value = fixed(static_cast<__int128>(whole) * 1000000000000000000);
        return VIGIL_VALUE_OK;
    }
    double number;
    if (element(node).is_double() && !element(node).get(number)) {
        // Up to 15 digits the shortest text of a double is the one that it was read from.
        char shortest[64];
        auto end = std::to_chars(shortest, shortest + sizeof shortest, number).ptr;
        int digits = 0;
        for (char *at = shortest; at < end && *at != 'e'; at++)
            digits += *at >= '0' && *at <= '9' && (digits > 0 || *at != '0');
        return digits > 15 ? VIGIL_VALUE_BROKEN : vigil_decimal(shortest, end - shortest, value);
    }
    return element(node).is_null() ? VIGIL_VALUE_ABSENT : VIGIL_VALUE_BROKEN;
}

static bool number(const char *at, int count, int *value) {
    *value = 0;
    for (int i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') return false;
        *value = *value * 10 + (at[i] - '0');
    }
    return true;
}

static int64_t days(int year, int month, int day) {
    year -= month <= 2;
    int64_t era = year / 400;
    int of_era = year - static_cast<int>(era) * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int vigil_time(const char *at, size_t length, int64_t *nanoseconds) {
    if (length == 0) return VIGIL_VALUE_ABSENT;
    int year, month, day, hour, minute, second;
    if (length < 20 || length > 40 || !number(at, 4, &year) || at[4] != '-'
        || !number(at + 5, 2, &month) || at[7] != '-' || !number(at + 8, 2, &day) || at[10] != 'T'
        || !number(at + 11, 2, &hour) || at[13] != ':' || !number(at + 14, 2, &minute)
        || at[16] != ':' || !number(at + 17, 2, &second) || month < 1 || month > 12 || day < 1
        || day > 31 || hour > 23 || minute > 59 || second > 60)
        return VIGIL_VALUE_BROKEN;
    size_t place = 19;
    int64_t fraction = 0;
    if (at[place] == '.') {
        int digits = 0;
        for (place++; place < length && at[place] >= '0' && at[place] <= '9'; place++, digits++)
            if (digits < 9) fraction = fraction * 10 + (at[place] - '0');
        if (digits == 0) return VIGIL_VALUE_BROKEN;
        for (; digits < 9; digits++) fraction *= 10;
    }
    bool utc = (length - place == 1 && at[place] == 'Z')
        || (length - place == 6 && std::memcmp(at + place, "+00:00", 6) == 0);
    if (!utc) return VIGIL_VALUE_BROKEN;
    if (year <= 1) return VIGIL_VALUE_ABSENT;
    // Nanoseconds of 64 bits end in 2262; a later year means never.
    if (year < 1678) return VIGIL_VALUE_BROKEN;
    if (year > 2261) {
        *nanoseconds = INT64_MAX;
        return VIGIL_VALUE_OK;
    }
    int64_t seconds = days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    *nanoseconds = seconds * 1000000000 + fraction;
    return VIGIL_VALUE_OK;
}

int vigil_node_time(vigil_node node, int64_t *nanoseconds) {
    std::string_view text;
    if (!element(node).get(text)) return vigil_time(text.data(), text.size(), nanoseconds);
    return element(node).is_null() ? VIGIL_VALUE_ABSENT : VIGIL_VALUE_BROKEN;
}

int vigil_node_items(vigil_node node, vigil_items *items) {
    dom::array array;
    if (element(node).get(array)) return 0;
    items->current = cast<vigil_node>(array.begin());
    items->end = cast<vigil_node>(array.end());
    return 1;
}

int vigil_items_next(vigil_items *items, vigil_node *item) {
    auto current = cast<dom::array::iterator>(items->current);
    if (!(current != cast<dom::array::iterator>(items->end))) return 0;
    *item = cast<vigil_node>(*current);
    ++current;
    items->current = cast<vigil_node>(current);
    return 1;
}

static void read_level(dom::object object, vigil_level &level) {
    level = {{0, 0}, {0, 0}, 0, 0, VIGIL_VALUE_OK};
    unsigned found = 0;
    int status = VIGIL_VALUE_OK;
    for (auto field : object) {
        std::string_view text;
        // Only texts matter here; what the venue adds may be anything.
        if (field.value.get(text)) continue;
        // Of a key that stands twice the first counts, as everywhere.
        if (field.key == "price_level" && !(found & 1)) {
            found |= 1;
            if (int code = vigil_decimal(text.data(), text.size(), &level.price)) status = code;
        } else if (field.key == "new_quantity" && !(found & 2)) {
            found |= 2;
            if (int code = vigil_decimal(text.data(), text.size(), &level.quantity)) status = code;
        } else if (field.key == "side" && !(found & 4)) {
            level.is_bid = text == "bid";
            if (level.is_bid || text == "offer") found |= 4;
        } else if (field.key == "event_time") {
            int code = vigil_time(text.data(), text.size(), &level.occurred);
            if (code == VIGIL_VALUE_BROKEN) status = code;
        }
    }
    level.status = found == 7 ? status : VIGIL_VALUE_BROKEN;
}

long vigil_levels(vigil_node node, vigil_level *levels, size_t capacity) {
    dom::array array;
    if (element(node).get(array)) return -1;
    long count = 0;
    for (dom::element item : array) {
        if (static_cast<size_t>(count) < capacity) {
            dom::object object;
            if (item.get(object))
                levels[count] = {{0, 0}, {0, 0}, 0, 0, VIGIL_VALUE_BROKEN};
            else
                read_level(object, levels[count]);
        }
        count++;
    }
    return count;
}
