/* One wire: writes, reads, closes as it is told, and tells what happens to it. */
#include "lab-actor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 65536 };

static uint8_t buffer[CHUNK];

/* src/lab/pattern.ts: bytes that tell their place. */
static uint8_t pattern(uint32_t at) { return (uint8_t)(33 + (((at + 1) * 0x9e3779b1u) >> 16) % 94); }

static void let_go(struct wire *w) {
  w->closed = true;
  if (w->local == 0 || w->remote == 0) find_ports(w);
  close(w->fd);
}

/* Writes what is left, then shuts or closes as was asked for meanwhile. */
static int flush(struct wire *w) {
  while (w->sent != w->wanted && !w->connecting) {
    uint32_t size = w->wanted - w->sent, i;
    ssize_t done;
    if (size > CHUNK) size = CHUNK;
    for (i = 0; i < size; i++) buffer[i] = pattern(w->sent + i);
    done = send(w->fd, buffer, size, MSG_NOSIGNAL);
    if (done < 0) {
      int error = errno;
      if (error == EAGAIN) return 0;
      w->sent = w->wanted;
      return error;
    }
    w->sent += (uint32_t)done;
  }
  if (w->sent != w->wanted) return 0;
  if (w->closing && !w->closed) {
    let_go(w);
  } else if (w->shut) {
    w->shut = false;
    if (shutdown(w->fd, SHUT_WR) < 0) return errno;
  }
  return 0;
}

static void has_connected(struct wire *w) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  w->connecting = false;
  if (error != 0) {
    tell_error(w, error);
    return;
  }
  find_ports(w);
  tell(w, "connected");
}

static void readable(struct wire *w) {
  ssize_t size = recv(w->fd, buffer, CHUNK, 0), i;
  bool intact = true;
  if (size < 0) {
    if (errno != EAGAIN) tell_error(w, errno);
    return;
  }
  if (size > 0) {
    for (i = 0; i < size; i++) intact &= buffer[i] == pattern(w->received + (uint32_t)i);
    w->received += (uint32_t)size;
    printf("{\"event\":\"received\",\"wire\":%d,\"total\":%u,\"intact\":%s}\n", w->number, w->received,
           intact ? "true" : "false");
    return;
  }
  w->ended = true;
  tell(w, "ended");
  if (w->closes_at_end) {
    w->closing = true;
    flush(w);
    tell(w, "closed");
  }
}

/* Java NIO puts this in the place of a channel's socket: an end of a socket pair whose other end is closed. */
static int make_marker(struct wire *w) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) return errno;
  close(pair[1]);
  w->marker = pair[0];
  return 0;
}

int on_wire(struct wire *w, const char *verb, const char *line) {
  if (strcmp(verb, "write") == 0) {
    w->wanted += (uint32_t)number(line, "bytes", 0);
    return flush(w);
  }
  if (strcmp(verb, "shutdown") == 0) {
    w->shut = true;
    return flush(w);
  }
  if (strcmp(verb, "close") == 0) {
    w->closing = true;
    if (w->quiet && !w->closed) let_go(w);
    return flush(w);
  }
  if (strcmp(verb, "read") == 0) {
    w->reading = number(line, "on", 1);
    return 0;
  }
  if (strcmp(verb, "dup") == 0) return (w->second = fcntl(w->fd, F_DUPFD_CLOEXEC, 0)) < 0 ? errno : 0;
  if (strcmp(verb, "closeFirst") == 0) {
    int error = close(w->fd) < 0 ? errno : 0;
    w->fd = w->second;
    w->second = -1;
    return error;
  }
  if (strcmp(verb, "marker") == 0) return make_marker(w);
  if (strcmp(verb, "dup2") == 0) {
    find_ports(w);
    if (dup2(w->marker, w->fd) < 0) return errno;
    close(w->marker);
    w->closed = true;
    return 0;
  }
  return EINVAL;
}

short events_of(const struct wire *w) {
  short events = 0;
  /* A stream that has ended is readable for ever. */
  if (w->reading && !w->connecting && !w->ended) events |= POLLIN;
  if (w->connecting || w->sent != w->wanted) events |= POLLOUT;
  return events;
}

void happened(struct wire *w, short events) {
  int error = 0;
  socklen_t size = sizeof error;
  if (w->connecting) {
    if (events) has_connected(w);
    if (!w->quiet && (error = flush(w)) != 0) tell_error(w, error);
    return;
  }
  if (events & POLLIN) readable(w);
  else if (events & (POLLERR | POLLHUP)) {
    if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0) tell_error(w, error);
    /* Both directions are over. */
    else if (events & POLLHUP) w->quiet = true;
  }
  if (!w->closed && !w->quiet && events & POLLOUT && (error = flush(w)) != 0) tell_error(w, error);
}
