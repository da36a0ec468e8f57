#pragma once
#include <stddef.h>
// The C library shows these with _GNU_SOURCE alone, which Swift's module of it is made without.
int sched_getaffinity(int pid, size_t size, void *mask);
int sched_setaffinity(int pid, size_t size, const void *mask);
int gettid(void);
