/* One question to the kernel by rtnetlink(7), and its whole answer. Knows nothing of Node. */
#include "tun.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* The kernel fills at most 32 KiB of what it is offered. */
#define DATAGRAM (1 << 15)

/* 1: the answer goes on, 0: it ends here, -errno: there is none. EAGAIN: the tables changed while they were told. */
static int inspect(const unsigned char *bytes, size_t length) {
  struct nlmsghdr *header = (struct nlmsghdr *)bytes;
  for (; NLMSG_OK(header, length); header = NLMSG_NEXT(header, length)) {
    if (header->nlmsg_flags & NLM_F_DUMP_INTR) return -EAGAIN;
    if (header->nlmsg_type == NLMSG_ERROR) {
      if (header->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr))) return -EBADMSG;
      return ((struct nlmsgerr *)NLMSG_DATA(header))->error;
    }
    if (header->nlmsg_type == NLMSG_DONE) return 0;
    if (!(header->nlmsg_flags & NLM_F_MULTI)) return 0;
  }
  return 1;
}

static int receive(int fd, unsigned char **answer, size_t *length) {
  size_t room = 0;
  for (;;) {
    struct sockaddr_nl from;
    socklen_t from_length = sizeof from;
    ssize_t got;
    int status;
    if (room - *length < DATAGRAM) {
      unsigned char *larger = realloc(*answer, room = 2 * room + DATAGRAM);
      if (larger == NULL) return -ENOMEM;
      *answer = larger;
    }
    got = recvfrom(fd, *answer + *length, DATAGRAM, MSG_TRUNC, (struct sockaddr *)&from, &from_length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN ? -ETIMEDOUT : -errno;
    if (got > DATAGRAM) return -EMSGSIZE;
    /* Other processes may write to this socket too; only the kernel has the number 0. */
    if (from_length != sizeof from || from.nl_pid != 0) continue;
    status = inspect(*answer + *length, (size_t)got);
    *length += (size_t)got;
    if (status <= 0) return status;
  }
}

/* `answer` (free() it, whatever this returns) has the messages one behind the other. */
int netlink_ask(const void *request, size_t request_length, unsigned char **answer, size_t *length) {
  const struct nlmsghdr *header = request;
  const struct timeval patience = {10, 0};
  struct sockaddr_nl kernel;
  int fd, status;
  *answer = NULL;
  *length = 0;
  /* The kernel does not answer what it cannot read. */
  if (request_length < NLMSG_HDRLEN || header->nlmsg_len != request_length) return -EINVAL;
  memset(&kernel, 0, sizeof kernel);
  kernel.nl_family = AF_NETLINK;
  fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return -errno;
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (sendto(fd, request, request_length, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0)
    status = -errno;
  else
    status = receive(fd, answer, length);
  close(fd);
  return status;
}
