/* The namespace that the process lives in: its device, its sysctls, and the sockets that the kernel has there. */
#include "lab-actor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

/* Prints all sockets as the elements of a JSON array. */
void print_sockets(void) {
  first_row = true;
  each_socket(print_socket);
}

static void still_there(unsigned state, int local, int remote) {
  int i;
  /* TCP_TIME_WAIT, TCP_CLOSE */
  if (state == 6 || state == 7) return;
  for (i = 0; i < MOST; i++)
    if (wires[i].used && wires[i].local == local && wires[i].remote == remote) wires[i].gone = false;
}

/* Tells of sockets that were let go of and that the kernel has done with. */
void look_for_closed(void) {
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

int set_system(const char *line) {
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
int discard(const char *line) {
  struct endpoint peer = endpoint_of(word(line, "address"), 9);
  int error = 0, fd = socket(peer.at.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  if (sendto(fd, "", 0, 0, &peer.at.any, peer.size) < 0) error = errno;
  close(fd);
  return error;
}

/* A device that was moved here: its address, of a prefix of 30 bits, or of 64 with IPv6. */
int set_device(const char *line) {
  char name[IFNAMSIZ];
  int error, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  snprintf(name, sizeof name, "%s", word(line, "name"));
  error = bring_up(fd, "lo", NULL);
  if (error == 0) error = bring_up(fd, name, word(line, "address"));
  close(fd);
  return error;
}
