// The few functions on memory and text that a kernel cannot borrow from a C library. (The first four are also called
// by the compiler, when it finds that it wants them.)

#include "kernel.h"

void *memset(void *destination, int value, size_t count)
{
    char *to = destination;
    uint64_t eight = 0x0101010101010101 * (uint8_t)value;
    for (; count && (uint64_t)to % 8; count--)
        *to++ = value;
    for (; count >= 8; count -= 8, to += 8)
        *(uint64_t *)to = eight;
    while (count--)
        *to++ = value;
    return destination;
}

void *memcpy(void *destination, const void *source, size_t count)
{
    char *to = destination;
    const char *from = source;
    while (count--)
        *to++ = *from++;
    return destination;
}

int memcmp(const void *left, const void *right, size_t count)
{
    const uint8_t *a = left, *b = right;
    for (; count--; a++, b++)
        if (*a != *b)
            return *a - *b;
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

int strcmp(const char *left, const char *right)
{
    for (; *left && *left == *right; left++, right++)
        ;
    return (uint8_t)*left - (uint8_t)*right;
}

bool starts_with(const char *text, const char *prefix)
{
    return memcmp(text, prefix, strlen(prefix)) == 0;
}

bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = text; *at; at++)
        if ((at == text || at[-1] == ' ') && starts_with(at, word) && (at[length] == ' ' || at[length] == 0))
            return true;
    return false;
}

void copy_text(char *destination, size_t size, const char *source, size_t length)
{
    size_t i = 0;
    for (; i + 1 < size && i < length && source[i]; i++)
        destination[i] = source[i];
    destination[i] = 0;
}

static unsigned digit_of(char c)
{
    char lower = c | ' ';
    return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

bool parse_number(const char *text, uint64_t *value)
{
    unsigned base = 10;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    *value = 0;
    const char *start = text;
    for (; *text; text++) {
        if (digit_of(*text) >= base)
            return false;
        *value = *value * base + digit_of(*text);
    }
    return text != start;
}
