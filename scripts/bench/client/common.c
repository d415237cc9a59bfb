// Clocks, sockets and samples.
#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double read_clock(clockid_t clock) {
  struct timespec t;
  return clock_gettime(clock, &t) == 0 ? t.tv_sec + t.tv_nsec / 1e9 : 0;
}

double now(void) { return read_clock(CLOCK_MONOTONIC); }

void fail(const char *what) {
  printf("{\"error\":\"%s: %s\"}\n", what, strerror(errno));
  exit(1);
}

// All processes of the session; they are few, and /proc is read twice a figure.
static double session_cpu(int session) {
  if (session == 0) return 0;
  double sum = 0;
  DIR *proc = opendir("/proc");
  if (proc == NULL) fail("/proc");
  for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
    pid_t pid = atoi(entry->d_name);
    clockid_t clock;
    if (pid > 0 && getsid(pid) == session && clock_getcpuclockid(pid, &clock) == 0) sum += read_clock(clock);
  }
  closedir(proc);
  return sum;
}

struct span begin(const struct settings *s) {
  return (struct span){now(), session_cpu(s->session), read_clock(CLOCK_PROCESS_CPUTIME_ID)};
}

struct span since(const struct settings *s, struct span start) {
  struct span end = begin(s);
  return (struct span){end.seconds - start.seconds, end.server_cpu - start.server_cpu,
                       end.client_cpu - start.client_cpu};
}

void print_span(struct span span) {
  printf("\"seconds\":%.6f,\"serverCpu\":%.6f,\"clientCpu\":%.6f", span.seconds, span.server_cpu, span.client_cpu);
}

// The n-th address from the first one on, with a port; returns its bytes.
static socklen_t place(struct sockaddr_storage *to, const struct sockaddr_storage *first, int n, int port) {
  *to = *first;
  if (first->ss_family == AF_INET) {
    struct sockaddr_in *four = (struct sockaddr_in *)to;
    four->sin_port = htons(port);
    four->sin_addr.s_addr = htonl(ntohl(four->sin_addr.s_addr) + n);
    return sizeof *four;
  }
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;
  six->sin6_port = htons(port);
  six->sin6_addr.s6_addr32[3] = htonl(ntohl(six->sin6_addr.s6_addr32[3]) + n);
  return sizeof *six;
}

int dial(const struct settings *s, int port, int n, int blocking) {
  int fd = socket(s->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), 0);
  if (fd < 0) fail("socket");
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct sockaddr_storage end;
  if (s->source.ss_family != AF_UNSPEC) {
    // The port is chosen when the peer is known: each of our addresses has all ports for itself.
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    socklen_t size = place(&end, &s->source, n % s->sources, 0);
    if (bind(fd, (struct sockaddr *)&end, size) < 0) fail("bind");
  }
  socklen_t size = place(&end, &s->address, 0, port);
  if (connect(fd, (struct sockaddr *)&end, size) < 0 && errno != EINPROGRESS) {
    close(fd);
    return -1;
  }
  return fd;
}

uint8_t pattern[BLOCK + PERIOD];

void make_pattern(void) {
  for (int i = 0; i < BLOCK + PERIOD; i++) pattern[i] = i % PERIOD;
}

void add_sample(struct samples *samples, double value) {
  if (samples->count == samples->room) {
    samples->room = samples->room == 0 ? 65536 : 2 * samples->room;
    samples->values = realloc(samples->values, samples->room * sizeof *samples->values);
    if (samples->values == NULL) fail("memory");
  }
  samples->values[samples->count++] = value;
}

static int ascending(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

double quantile(struct samples *samples, double q) {
  if (samples->count == 0) return 0;
  qsort(samples->values, samples->count, sizeof *samples->values, ascending);
  return samples->values[(size_t)(q * (samples->count - 1))];
}
