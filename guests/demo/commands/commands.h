#pragma once

#include "../kernel.h"

void title(const char *text);

void command_help(int count, char **words);
void command_harts(int count, char **words);
void command_mem(int count, char **words);
void command_ticks(int count, char **words);
void command_time(int count, char **words);
void command_irq(int count, char **words);
void command_race(int count, char **words);
void command_primes(int count, char **words);
void command_fault(int count, char **words);
void command_user(int count, char **words);
void command_disk(int count, char **words);
void command_mandelbrot(int count, char **words);
void command_tour(int count, char **words);
void command_reset(int count, char **words);
void command_off(int count, char **words);
