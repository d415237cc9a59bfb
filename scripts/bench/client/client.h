// Shared by the figures of the benchmark's client. It speaks over the kernel's sockets and prints one line of JSON.
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

struct settings {
  struct sockaddr_storage address;  // of the server
  struct sockaddr_storage source;   // the first of our own addresses; AF_UNSPEC: whichever the kernel takes
  int sources;                      // how many there are from that one on
  double seconds;    // how long to measure
  int session;       // whose CPU time is the server's; 0: nobody's
  int connections;
  int at_once;
};

// The cost of a span of time.
struct span {
  double seconds, server_cpu, client_cpu;
};

struct span begin(const struct settings *s);
struct span since(const struct settings *s, struct span start);
// The members of an open JSON object that tell of a span.
void print_span(struct span span);

double now(void);
// Says what failed, with errno, and ends the process.
_Noreturn void fail(const char *what);

// A connecting socket of the n-th of our addresses; blocking and connected, or not blocking and perhaps not yet.
int dial(const struct settings *s, int port, int n, int blocking);

// The bytes that a server sends on port 19: the i-th is i mod 251.
enum { PERIOD = 251, BLOCK = PERIOD * 1044 };
extern uint8_t pattern[BLOCK + PERIOD];
void make_pattern(void);

// Times in microseconds, for quantiles.
struct samples {
  float *values;
  size_t count, room;
};
void add_sample(struct samples *samples, double value);
double quantile(struct samples *samples, double q);

void ready(const struct settings *s);
void verify(const struct settings *s);
void upload(const struct settings *s);
void download(const struct settings *s);
void echo(const struct settings *s);
void connects(const struct settings *s);
void idle(const struct settings *s);
void http(const struct settings *s);
