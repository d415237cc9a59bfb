/* The words of commands, and of reports: addresses, errors, options. */
#include "lab-actor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *name_of(int error) {
  static char other[16];
  switch (error) {
  case EADDRINUSE: return "EADDRINUSE";
  case EADDRNOTAVAIL: return "EADDRNOTAVAIL";
  case EBADF: return "EBADF";
  case ECONNABORTED: return "ECONNABORTED";
  case ECONNREFUSED: return "ECONNREFUSED";
  case ECONNRESET: return "ECONNRESET";
  case EHOSTUNREACH: return "EHOSTUNREACH";
  case EINVAL: return "EINVAL";
  case EMFILE: return "EMFILE";
  case ENETUNREACH: return "ENETUNREACH";
  case ENOENT: return "ENOENT";
  case ENOTCONN: return "ENOTCONN";
  case EPERM: return "EPERM";
  case EPIPE: return "EPIPE";
  case ETIMEDOUT: return "ETIMEDOUT";
  }
  snprintf(other, sizeof other, "errno %d", error);
  return other;
}

/* The value of a word of a command, or NULL. The one of `value` goes to the end of the line. */
const char *word(const char *line, const char *key) {
  static char values[4][LINE];
  static int next;
  size_t length = strlen(key);
  const char *at;
  for (at = line; (at = strstr(at, key)) != NULL; at += length)
    if (at > line && at[-1] == ' ' && at[length] == '=') {
      char *copy = values[next++ & 3];
      size_t size = strcspn(at += length + 1, strcmp(key, "value") == 0 ? "\n" : " \n");
      if (size >= LINE) size = LINE - 1;
      memcpy(copy, at, size);
      copy[size] = 0;
      return copy;
    }
  return NULL;
}

int number(const char *line, const char *key, int otherwise) {
  const char *value = word(line, key);
  return value == NULL ? otherwise : atoi(value);
}

void tell(const struct wire *w, const char *event) {
  printf("{\"event\":\"%s\",\"wire\":%d,\"port\":%d}\n", event, w->number, w->local);
}

void tell_error(struct wire *w, int error) {
  w->quiet = true;
  printf("{\"event\":\"error\",\"wire\":%d,\"code\":\"%s\"}\n", w->number, name_of(error));
}

struct endpoint endpoint_of(const char *address, int port) {
  struct endpoint e = {.size = sizeof e.at.in};
  e.at.in.sin_family = AF_INET;
  if (address != NULL && strchr(address, ':') != NULL) {
    e.size = sizeof e.at.in6;
    e.at.in6.sin6_family = AF_INET6;
    inet_pton(AF_INET6, address, &e.at.in6.sin6_addr);
  } else if (address != NULL) inet_pton(AF_INET, address, &e.at.in.sin_addr);
  e.at.in.sin_port = htons(port);
  return e;
}
