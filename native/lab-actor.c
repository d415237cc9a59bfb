/*
 * Makes the socket calls of a lab, in a network namespace that it makes for itself, and tells what comes of them.
 *
 * Reads commands from standard input, one a line: a number, a verb, and words `key=value`. Answers each by a line
 * {"id": number, "result": null or the name of an errno}, and reports what happens by itself as {"event": ...}. Ends with
 * its input, and the namespace with it. See src/lab/kernel/.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 2048, LINE = 1024, CHUNK = 65536, LOOK_MS = 20 };

/* `quiet`: nothing more will happen to it by itself. `closed`: its descriptor is gone, the kernel may still have it. */
struct wire {
  bool used, connecting, reading, closes_at_end, shut, closing, closed, ended, quiet, gone;
  /* `second`: another descriptor of the same socket. */
  int number, fd, second, marker;
  /* Bytes that were asked for, that were sent, that were read. */
  uint32_t wanted, sent, received;
  int local, remote;
};

struct door {
  bool used;
  int number, fd;
  char options[LINE];
};

static struct wire wires[MOST];
static struct door doors[MOST];
static int accepted;
static uint8_t buffer[CHUNK];

static const char *name_of(int error) {
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
static const char *word(const char *line, const char *key) {
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

static int number(const char *line, const char *key, int otherwise) {
  const char *value = word(line, key);
  return value == NULL ? otherwise : atoi(value);
}

/* src/lab/pattern.ts: bytes that tell their place. */
static uint8_t pattern(uint32_t at) { return (uint8_t)(33 + (((at + 1) * 0x9e3779b1u) >> 16) % 94); }

static void tell(const struct wire *w, const char *event) {
  printf("{\"event\":\"%s\",\"wire\":%d,\"port\":%d}\n", event, w->number, w->local);
}

static void tell_error(struct wire *w, int error) {
  w->quiet = true;
  printf("{\"event\":\"error\",\"wire\":%d,\"code\":\"%s\"}\n", w->number, name_of(error));
}

static struct wire *wire_of(int number) {
  int i;
  for (i = 0; i < MOST; i++)
    if (wires[i].used && wires[i].number == number) return &wires[i];
  return NULL;
}

static struct wire *new_wire(int number, int fd, const char *options) {
  int i;
  for (i = 0; i < MOST; i++)
    if (!wires[i].used) {
      struct wire *w = &wires[i];
      memset(w, 0, sizeof *w);
      w->used = true;
      w->number = number;
      w->fd = fd;
      w->second = w->marker = -1;
      w->reading = atoi(word(options, "reading") ? word(options, "reading") : "1");
      w->closes_at_end = atoi(word(options, "closesAtEnd") ? word(options, "closesAtEnd") : "0");
      return w;
    }
  close(fd);
  return NULL;
}

/* An address of either family, and a port: both families have it at the same place. */
struct endpoint {
  union {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
  } at;
  socklen_t size;
};

static struct endpoint endpoint_of(const char *address, int port) {
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

static void find_ports(struct wire *w) {
  struct endpoint e = {.size = sizeof e.at};
  if (getsockname(w->fd, &e.at.any, &e.size) == 0) w->local = ntohs(e.at.in.sin_port);
  e.size = sizeof e.at;
  if (getpeername(w->fd, &e.at.any, &e.size) == 0) w->remote = ntohs(e.at.in.sin_port);
}

static int set_options(int fd, const char *options) {
  int on = 1, value;
  const char *congestion = word(options, "congestionControl");
  if ((value = number(options, "receiveBuffer", 0)) > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, sizeof value);
  if (congestion != NULL && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion, strlen(congestion)) < 0)
    return errno;
  if (number(options, "keepAlive", 0)) {
    int idle = number(options, "keepAliveIdle", 7200), interval = number(options, "keepAliveInterval", 75);
    int count = number(options, "keepAliveCount", 9);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
  }
  return 0;
}

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

static void acceptable(struct door *d) {
  struct wire *w;
  int fd = accept4(d->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0 || (w = new_wire(--accepted, fd, d->options)) == NULL) return;
  find_ports(w);
  printf("{\"event\":\"accepted\",\"door\":%d,\"wire\":%d,\"port\":%d}\n", d->number, w->number, w->local);
}

/* The sockets that the kernel has here: state, local port, remote port. */
static void each_socket_in(const char *path, void (*use)(unsigned state, int local, int remote)) {
  char line[512];
  FILE *file = fopen(path, "r");
  if (file == NULL) return;
  if (fgets(line, sizeof line, file) != NULL)
    while (fgets(line, sizeof line, file) != NULL) {
      unsigned local, remote, state;
      if (sscanf(line, " %*u: %*[0-9A-F]:%x %*[0-9A-F]:%x %x", &local, &remote, &state) == 3)
        use(state, (int)local, (int)remote);
    }
  fclose(file);
}

static void each_socket(void (*use)(unsigned state, int local, int remote)) {
  each_socket_in("/proc/net/tcp", use);
  each_socket_in("/proc/net/tcp6", use);
}

static bool first_row;

static void print_socket(unsigned state, int local, int remote) {
  printf("%s[%u,%d,%d]", first_row ? "" : ",", state, local, remote);
  first_row = false;
}

static void still_there(unsigned state, int local, int remote) {
  int i;
  /* TCP_TIME_WAIT, TCP_CLOSE */
  if (state == 6 || state == 7) return;
  for (i = 0; i < MOST; i++)
    if (wires[i].used && wires[i].local == local && wires[i].remote == remote) wires[i].gone = false;
}

/* Tells of sockets that were let go of and that the kernel has done with. */
static void look_for_closed(void) {
  bool any = false;
  int i;
  for (i = 0; i < MOST; i++)
    if (wires[i].used && wires[i].closed) any = wires[i].gone = true;
  if (!any) return;
  each_socket(still_there);
  for (i = 0; i < MOST; i++)
    if (wires[i].used && wires[i].closed && wires[i].gone) {
      tell(&wires[i], "gone");
      wires[i].used = false;
    }
}

static int open_door(const char *line) {
  struct endpoint self = endpoint_of(word(line, "address"), number(line, "port", 0));
  int on = 1, error, i, fd = socket(self.at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  if (number(line, "reuseAddress", 1)) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  error = set_options(fd, line);
  if (error == 0 && (bind(fd, &self.at.any, self.size) < 0 || listen(fd, 512) < 0)) error = errno;
  for (i = 0; error == 0 && i < MOST; i++)
    if (!doors[i].used) {
      doors[i].used = true;
      doors[i].number = number(line, "door", 0);
      doors[i].fd = fd;
      snprintf(doors[i].options, LINE, "%.*s", LINE - 1, line);
      return 0;
    }
  close(fd);
  return error == 0 ? EMFILE : error;
}

static int close_door(int which) {
  int i;
  for (i = 0; i < MOST; i++)
    if (doors[i].used && doors[i].number == which) {
      close(doors[i].fd);
      doors[i].used = false;
    }
  return 0;
}

static int open_wire(const char *line) {
  struct endpoint peer = endpoint_of(word(line, "address"), number(line, "port", 0));
  int on = 1, error, fd = socket(peer.at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int local_port = number(line, "localPort", 0);
  struct wire *w;
  if (fd < 0) return errno;
  error = set_options(fd, line);
  if (error == 0 && local_port != 0) {
    struct endpoint self = endpoint_of(peer.at.any.sa_family == AF_INET6 ? "::" : NULL, local_port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &self.at.any, self.size) < 0) error = errno;
  }
  if (error == 0 && connect(fd, &peer.at.any, peer.size) < 0 && errno != EINPROGRESS) error = errno;
  if (error != 0) {
    close(fd);
    return error;
  }
  w = new_wire(number(line, "wire", 0), fd, line);
  if (w == NULL) return EMFILE;
  w->connecting = true;
  find_ports(w);
  w->remote = ntohs(peer.at.in.sin_port);
  tell(w, "port");
  return 0;
}

static int set_system(const char *line) {
  const char *name = word(line, "name"), *value = word(line, "value");
  char path[LINE];
  int fd, error = 0;
  if (name == NULL || value == NULL) return EINVAL;
  snprintf(path, sizeof path, "/proc/sys/%s", name);
  fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  if (write(fd, value, strlen(value)) < 0) error = errno;
  close(fd);
  return error;
}

/* struct in6_ifreq, whose header does not go together with netinet/in.h. */
struct ipv6_request {
  struct in6_addr address;
  uint32_t prefix_length;
  int index;
};

static int add_ipv6(const char *name, const char *address) {
  struct ipv6_request request = {.prefix_length = 64, .index = (int)if_nametoindex(name)};
  int error = 0, fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  inet_pton(AF_INET6, address, &request.address);
  if (ioctl(fd, SIOCSIFADDR, &request) < 0) error = errno;
  close(fd);
  return error;
}

static int bring_up(int fd, const char *name, const char *address) {
  struct ifreq request;
  struct sockaddr_in in = {.sin_family = AF_INET};
  memset(&request, 0, sizeof request);
  snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
  if (address != NULL && strchr(address, ':') != NULL) {
    int error = add_ipv6(name, address);
    if (error != 0) return error;
  } else if (address != NULL) {
    inet_pton(AF_INET, address, &in.sin_addr);
    memcpy(&request.ifr_addr, &in, sizeof in);
    if (ioctl(fd, SIOCSIFADDR, &request) < 0) return errno;
    in.sin_addr.s_addr = htonl(0xfffffffc);
    memcpy(&request.ifr_netmask, &in, sizeof in);
    if (ioctl(fd, SIOCSIFNETMASK, &request) < 0) return errno;
  }
  if (ioctl(fd, SIOCGIFFLAGS, &request) < 0) return errno;
  request.ifr_flags |= IFF_UP;
  return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? errno : 0;
}

/* A datagram to the port DISCARD, by which captures see that they have all that came before. */
static int discard(const char *line) {
  struct endpoint peer = endpoint_of(word(line, "address"), 9);
  int error = 0, fd = socket(peer.at.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  if (sendto(fd, "", 0, 0, &peer.at.any, peer.size) < 0) error = errno;
  close(fd);
  return error;
}

/* A device that was moved here: its address, of a prefix of 30 bits, or of 64 with IPv6. */
static int set_device(const char *line) {
  char name[IFNAMSIZ];
  int error, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  snprintf(name, sizeof name, "%s", word(line, "name"));
  error = bring_up(fd, "lo", NULL);
  if (error == 0) error = bring_up(fd, name, word(line, "address"));
  close(fd);
  return error;
}

/* Java NIO puts this in the place of a channel's socket: an end of a socket pair whose other end is closed. */
static int make_marker(struct wire *w) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) return errno;
  close(pair[1]);
  w->marker = pair[0];
  return 0;
}

static int on_wire(struct wire *w, const char *verb, const char *line) {
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

static void obey(const char *line) {
  char verb[32] = "";
  int id = 0, error;
  struct wire *w;
  if (sscanf(line, "%d %31s", &id, verb) != 2) return;
  if (strcmp(verb, "states") == 0) {
    printf("{\"id\":%d,\"result\":[", id);
    first_row = true;
    each_socket(print_socket);
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

static short events_of(const struct wire *w) {
  short events = 0;
  /* A stream that has ended is readable for ever. */
  if (w->reading && !w->connecting && !w->ended) events |= POLLIN;
  if (w->connecting || w->sent != w->wanted) events |= POLLOUT;
  return events;
}

static void happened(struct wire *w, short events) {
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
