/* Shared by the files of lab-actor. Every function that can fail returns an errno, or 0. */
#ifndef TUNTCP_LAB_ACTOR_H
#define TUNTCP_LAB_ACTOR_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Wires, or doors, at most; and the longest line of a command, bytes. */
enum { MOST = 2048, LINE = 1024 };

/*
 * A connection of the kernel's. `quiet`: nothing more will happen to it by itself. `closed`: its descriptor is gone, the
 * kernel may still have it.
 */
struct wire {
  bool used, connecting, reading, closes_at_end, shut, closing, closed, ended, quiet, gone;
  /* `second`: another descriptor of the same socket. */
  int number, fd, second, marker;
  /* Bytes that were asked for, that were sent, that were read. */
  uint32_t wanted, sent, received;
  int local, remote;
};

/* A listening socket, and the command that made it: its connections have these options. */
struct door {
  bool used;
  int number, fd;
  char options[LINE];
};

extern struct wire wires[MOST];
extern struct door doors[MOST];

/* An address of either family, and a port: both families have it at the same place. */
struct endpoint {
  union {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
  } at;
  socklen_t size;
};

/* lab-words.c: what commands and reports are made of. */
const char *name_of(int error);
const char *word(const char *line, const char *key);
int number(const char *line, const char *key, int otherwise);
void tell(const struct wire *w, const char *event);
void tell_error(struct wire *w, int error);
struct endpoint endpoint_of(const char *address, int port);

/* lab-opening.c: wires and doors, and how they are opened. */
struct wire *wire_of(int number);
void find_ports(struct wire *w);
int open_door(const char *line);
int close_door(int which);
int open_wire(const char *line);
void acceptable(struct door *d);

/* lab-wire.c: what is done with a wire, and what happens to it. */
int on_wire(struct wire *w, const char *verb, const char *line);
short events_of(const struct wire *w);
void happened(struct wire *w, short events);

/* lab-namespace.c: the namespace and what the kernel has there. */
int set_system(const char *line);
int set_device(const char *line);
int discard(const char *line);
void print_sockets(void);
void look_for_closed(void);

#endif
