// mandelbrot: z = z * z + c, how often until z runs away? In fixed point (24 bits after the point), because the kernel
// leaves floating-point registers alone. Harts take lines as they come free; hart 0 prints the picture at the end.

#include "commands.h"

#define ONE         (1 << 24)
#define COLUMNS     72
#define LINES       23
#define MOST        20000
#define RIGHT_SUM   0x3490520c383f92b6  // computed elsewhere by the same formula

static uint16_t picture[LINES][COLUMNS];
static uint64_t painter[LINES];         // which hart painted a line
static uint64_t next_line;

static unsigned steps(int64_t real, int64_t imaginary)
{
    int64_t x = 0, y = 0;
    for (unsigned step = 0; step < MOST; step++) {
        int64_t xx = x * x / ONE, yy = y * y / ONE;
        if (xx + yy > 4L * ONE)
            return step;
        y = 2 * x * y / ONE + imaginary;
        x = xx - yy + real;
    }
    return MOST;
}

// The part of the plane that is shown: -2.1 .. 0.8 by -1.2 .. 1.2
static void paint(void *argument)
{
    (void)argument;
    for (uint64_t line; (line = atomic_add(&next_line, 1)) < LINES;) {
        painter[line] = this_hart()->id;
        for (unsigned column = 0; column < COLUMNS; column++)
            picture[line][column] = steps((int64_t)column * 29 * ONE / (COLUMNS - 1) / 10 - 21L * ONE / 10,
                                          (int64_t)line * 24 * ONE / (LINES - 1) / 10 - 12L * ONE / 10);
    }
}

static void show(unsigned value)
{
    static const struct { uint16_t below; char shade; const char *colour; } palette[] = {
        { 3, ' ', "" }, { 4, '.', "\033[34m" }, { 5, ',', "\033[34m" }, { 6, ':', CYAN }, { 8, ';', CYAN }, { 11, '+', GREEN },
        { 16, '=', GREEN }, { 30, '*', YELLOW }, { MOST, 'o', RED }, { MOST + 1, '@', PLAIN BOLD },
    };
    unsigned i = 0;
    while (value >= palette[i].below)
        i++;
    print("%s%c", palette[i].colour, palette[i].shade);
}

void command_mandelbrot(int count, char **words)
{
    (void)count, (void)words;
    uint64_t sum = 0, start = time_now();

    next_line = 0;
    parallel("mandelbrot", machine.harts, paint, NULL);
    uint64_t time = clock_milliseconds(start);

    for (unsigned line = 0; line < LINES; line++) {
        print("  ");
        for (unsigned column = 0; column < COLUMNS; column++) {
            show(picture[line][column]);
            sum = sum * 31 + picture[line][column];
        }
        print(PLAIN DIM " %lu" PLAIN "\n", painter[line]);
    }
    print("  painted in %lu ms; at the right of each line: the hart that painted it\n", time);
    check(sum == RIGHT_SUM, "every point of the picture is right");
}
