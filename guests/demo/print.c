// Formatted output: a small printf. It knows %d %u %x %c %s %%, the lengths l and z, a width (also *), and the flags
// - (left), 0 (zeros) and ' (thousands apart).

#include "kernel.h"

static struct lock console;
static bool dying;

void print_unlocked(void) { dying = true; }

static void put(char c)
{
    if (c == '\n')
        uart_put('\r');
    uart_put(c);
}

static void put_padded(const char *text, size_t length, int width, bool left, char padding)
{
    for (int i = left ? width : (int)length; i < width; i++)
        put(padding);
    for (size_t i = 0; i < length; i++)
        put(text[i]);
    for (int i = left ? (int)length : width; i < width; i++)
        put(' ');
}

// Writes the digits before `end`, and returns where they start.
static char *digits(char *end, uint64_t value, unsigned base, bool thousands)
{
    unsigned count = 0;
    do {
        if (thousands && count && count % 3 == 0)
            *--end = ',';
        *--end = "0123456789abcdef"[value % base];
        count++;
    } while (value /= base);
    return end;
}

void print_list(const char *format, va_list arguments)
{
    uint64_t status = dying ? 0 : lock_acquire_irq(&console);

    for (; *format; format++) {
        if (*format != '%') {
            put(*format);
            continue;
        }

        bool left = false, zeros = false, thousands = false, is_long = false;
        int width = 0;
        for (format++; *format == '-' || *format == '0' || *format == '\''; format++) {
            left |= *format == '-';
            zeros |= *format == '0';
            thousands |= *format == '\'';
        }
        if (*format == '*') {
            width = va_arg(arguments, int);
            format++;
        }
        for (; *format >= '0' && *format <= '9'; format++)
            width = 10 * width + *format - '0';
        for (; *format == 'l' || *format == 'z'; format++)
            is_long = true;

        char buffer[32], *end = buffer + sizeof buffer, *start = end;
        switch (*format) {
        case 'd': {
            int64_t value = is_long ? va_arg(arguments, int64_t) : va_arg(arguments, int);
            start = digits(end, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, thousands);
            if (value < 0)
                *--start = '-';
            break;
        }
        case 'u':
        case 'x': {
            uint64_t value = is_long ? va_arg(arguments, uint64_t) : va_arg(arguments, unsigned);
            start = digits(end, value, *format == 'x' ? 16 : 10, thousands);
            break;
        }
        case 'c':
            *--start = (char)va_arg(arguments, int);
            break;
        case 's':
            start = va_arg(arguments, char *);
            end = start + strlen(start);
            break;
        default:
            *--start = *format;
        }
        put_padded(start, end - start, width, left, zeros ? '0' : ' ');
    }

    if (!dying)
        lock_release_irq(&console, status);
}

void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_list(format, arguments);
    va_end(arguments);
}
