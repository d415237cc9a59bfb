/*
 * Makes the socket calls of a lab, in a network namespace that it makes for itself, and tells what comes of them.
 *
 * Reads commands from standard input, one a line: a number, a verb, and words `key=value`. Answers each by a line
 * {"id": number, "result": null or the name of an errno}, and reports what happens by itself as {"event": ...}. Ends with
 * its input, and the namespace with it. See src/lab/kernel/.
 */
#include "lab-actor.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Between looks at what the kernel has, ms. */
enum { LOOK_MS = 20 };

static void obey(const char *line) {
  char verb[32] = "";
  int id = 0, error;
  struct wire *w;
  if (sscanf(line, "%d %31s", &id, verb) != 2) return;
  if (strcmp(verb, "states") == 0) {
    printf("{\"id\":%d,\"result\":[", id);
    print_sockets();
    printf("]}\n");
    return;
  }
  if (strcmp(verb, "connect") == 0) error = open_wire(line);
  else if (strcmp(verb, "listen") == 0) error = open_door(line);
  else if (strcmp(verb, "closeDoor") == 0) error = close_door(number(line, "door", 0));
  else if (strcmp(verb, "sysctl") == 0) error = set_system(line);
  else if (strcmp(verb, "discard") == 0) error = discard(line);
  else if (strcmp(verb, "device") == 0) error = set_device(line);
  else if ((w = wire_of(number(line, "wire", 0))) != NULL) error = on_wire(w, verb, line);
  else error = EBADF;
  if (error == 0) printf("{\"id\":%d,\"result\":null}\n", id);
  else printf("{\"id\":%d,\"result\":\"%s\"}\n", id, name_of(error));
}

int main(void) {
  static char input[65536];
  static struct pollfd polled[1 + 2 * MOST];
  static struct wire *whose[1 + 2 * MOST];
  static struct door *which[1 + 2 * MOST];
  size_t length = 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (unshare(CLONE_NEWNET) < 0) {
    printf("{\"event\":\"failed\",\"code\":\"%s\"}\n", name_of(errno));
    return 1;
  }
  printf("{\"event\":\"ready\"}\n");
  for (;;) {
    int i, n = 1;
    ssize_t more;
    char *line, *end;
    polled[0] = (struct pollfd){.fd = 0, .events = POLLIN};
    for (i = 0; i < MOST; i++)
      if (doors[i].used) {
        which[n] = &doors[i];
        whose[n] = NULL;
        polled[n++] = (struct pollfd){.fd = doors[i].fd, .events = POLLIN};
      }
    for (i = 0; i < MOST; i++)
      if (wires[i].used && !wires[i].closed && !wires[i].quiet) {
        whose[n] = &wires[i];
        polled[n++] = (struct pollfd){.fd = wires[i].fd, .events = events_of(&wires[i])};
      }
    if (poll(polled, (nfds_t)n, LOOK_MS) < 0 && errno != EINTR) return 1;
    for (i = 1; i < n; i++) {
      if (polled[i].revents == 0) continue;
      if (whose[i] == NULL) acceptable(which[i]);
      else happened(whose[i], polled[i].revents);
    }
    if (polled[0].revents != 0) {
      more = read(0, input + length, sizeof input - 1 - length);
      if (more <= 0) return 0;
      length += (size_t)more;
      input[length] = 0;
      for (line = input; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = 0;
        obey(line);
      }
      length -= (size_t)(line - input);
      memmove(input, line, length);
    }
    look_for_closed();
  }
}
