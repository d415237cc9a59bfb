// client FIGURE ADDRESS [NAME=NUMBER]...   measures a server from the kernel's sockets; see client.h for the names.
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static const struct {
  const char *name;
  void (*run)(const struct settings *);
} figures[] = {
    {"ready", ready}, {"verify", verify},     {"upload", upload}, {"download", download},
    {"echo", echo},   {"connects", connects}, {"idle", idle},     {"http", http},
};

// An address of either family; AF_UNSPEC when it is none.
static struct sockaddr_storage parse_address(const char *text) {
  struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
  if (inet_pton(AF_INET, text, &((struct sockaddr_in *)&address)->sin_addr) == 1) address.ss_family = AF_INET;
  else if (inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&address)->sin6_addr) == 1) address.ss_family = AF_INET6;
  return address;
}

static int set(struct settings *s, const char *word) {
  const char *equals = strchr(word, '=');
  if (equals == NULL) return 0;
  size_t length = equals - word;
  const char *value = equals + 1;
#define IS(text) (length == strlen(text) && strncmp(word, text, length) == 0)
  if (IS("seconds")) s->seconds = atof(value);
  else if (IS("session")) s->session = atoi(value);
  else if (IS("connections")) s->connections = atoi(value);
  else if (IS("atOnce")) s->at_once = atoi(value);
  else if (IS("source")) s->source = parse_address(value);
  else if (IS("sources")) s->sources = atoi(value);
  else return 0;
  return 1;
}

int main(int count, char **words) {
  struct settings s = {.sources = 1, .seconds = 1, .connections = 1, .at_once = 1};
  if (count >= 3) s.address = parse_address(words[2]);
  for (int i = 3; i < count; i++)
    if (!set(&s, words[i])) s.address.ss_family = AF_UNSPEC;
  if (s.address.ss_family == AF_UNSPEC) {
    fputs("usage: client FIGURE ADDRESS [NAME=NUMBER]...\n", stderr);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  make_pattern();
  for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
    if (strcmp(figures[i].name, words[1]) == 0) {
      figures[i].run(&s);
      return 0;
    }
  fprintf(stderr, "no figure '%s'\n", words[1]);
  return 2;
}
