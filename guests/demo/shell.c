// The shell: a line editor, a table of commands, and the score of self-checks.

#include "kernel.h"

#define LINE_SIZE   76
#define HISTORY     8
#define WORDS       8

// ---- self-checks ----------------------------------------------------------------------------------------------------

unsigned checks_passed, checks_failed;

bool check(bool passed, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print(passed ? GREEN "  ok    " PLAIN : RED "  FAIL  " PLAIN);
    print_list(format, arguments);
    print("\n");
    va_end(arguments);

    *(passed ? &checks_passed : &checks_failed) += 1;
    return passed;
}

// ---- running a command ----------------------------------------------------------------------------------------------

void shell_run(char *line)
{
    char *words[WORDS + 1] = { 0 };
    int count = 0;

    for (char *at = line; *at && count < WORDS;) {
        while (*at == ' ')
            *at++ = 0;
        if (*at)
            words[count++] = at;
        while (*at && *at != ' ')
            at++;
    }
    if (count == 0)
        return;

    uart_break = false;
    for (const struct command *command = commands; command->name; command++) {
        if (strcmp(command->name, words[0]) == 0) {
            command->run(count, words);
            return;
        }
    }
    print("There is no command \"%s\". Type help for a list.\n", words[0]);
}

// ---- editing a line -------------------------------------------------------------------------------------------------

static char history[HISTORY][LINE_SIZE];
static unsigned remembered;                 // lines ever entered; line n is in history[n % HISTORY]

static void show_prompt(void) { print(BOLD CYAN "mimus> " PLAIN); }

static void replace_line(char *line, size_t *length, const char *with)
{
    for (; *length; (*length)--)
        print("\b \b");
    *length = strlen(with);
    memcpy(line, with, *length + 1);
    print("%s", line);
}

// An arrow key sends ESC [ A (up) or ESC [ B (down). Other keys that start with ESC [ are read to their end and ignored.
static char read_arrow(void)
{
    if (uart_get() != '[')
        return 0;
    char c;
    do
        c = uart_get();
    while (c < '@' || c > '~');
    return c;
}

static void read_line(char *line)
{
    static char last;
    size_t length = 0;
    unsigned shown = remembered;            // which line of the history is on the screen

    show_prompt();
    for (;;) {
        char before = last, c = last = uart_get();
        switch (c) {
        case '\n':
            if (before == '\r')             // a terminal that sends both has ended the line already
                break;
            // fall through
        case '\r':
            print("\n");
            line[length] = 0;
            if (length && (!remembered || strcmp(line, history[(remembered - 1) % HISTORY]) != 0))
                copy_text(history[remembered++ % HISTORY], LINE_SIZE, line, length);
            return;
        case '\b':
        case 0x7f:
            if (length) {
                length--;
                print("\b \b");
            }
            break;
        case 'C' - '@':
            print("^C\n");
            length = 0;
            shown = remembered;
            show_prompt();
            break;
        case 'U' - '@':
            replace_line(line, &length, "");
            break;
        case '\033':
            switch (read_arrow()) {
            case 'A':
                if (shown && remembered - shown < HISTORY)
                    replace_line(line, &length, history[--shown % HISTORY]);
                break;
            case 'B':
                if (shown < remembered)
                    replace_line(line, &length, ++shown < remembered ? history[shown % HISTORY] : "");
                break;
            }
            break;
        default:
            if (c >= ' ' && c < 0x7f && length < LINE_SIZE - 1) {
                line[length++] = c;
                print("%c", c);
            }
        }
    }
}

_Noreturn void shell(void)
{
    char line[LINE_SIZE];

    banner();
    print("Type " BOLD "help" PLAIN " for the commands, or " BOLD "tour" PLAIN " to be shown around.\n\n");
    for (;;) {
        read_line(line);
        shell_run(line);
        if (uart_break) {
            print("^C\n");
            uart_discard();
        }
    }
}
