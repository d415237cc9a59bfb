/* A TUN interface and its configuration, by ioctl alone: tun(4), netdevice(7). */
#include "tun.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int interface_open(void) { return result(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)); }

/*
 * Creates the interface, or attaches to one that is there; `queues`: as one of several descriptors, each of which is a queue.
 * `name` (IFNAMSIZ bytes) becomes the kernel's choice.
 */
int interface_attach(int fd, char *name, bool want_header, bool queues, bool *has_header) {
  unsigned int features = 0;
  struct ifreq request;
  memset(&request, 0, sizeof request);
  memcpy(request.ifr_name, name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (queues) request.ifr_flags |= IFF_MULTI_QUEUE;
  *has_header = want_header && ioctl(fd, TUNGETFEATURES, &features) == 0 && (features & IFF_VNET_HDR);
  if (*has_header) request.ifr_flags |= IFF_VNET_HDR;
  if (ioctl(fd, TUNSETIFF, &request) < 0) return -errno;
  memcpy(name, request.ifr_name, IFNAMSIZ);
  return 0;
}

/* Has the kernel steer packets to this queue, or to the others alone. */
int interface_steer(int fd, bool attached) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_flags = attached ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE;
  return result(ioctl(fd, TUNSETQUEUE, &request));
}

/* Asks for checksum and segmentation offload (TUN_F_…); a persistent device may still have another's. */
int interface_offload(int fd, unsigned int features) {
  int size = sizeof(struct virtio_net_hdr);
  if (ioctl(fd, TUNSETVNETHDRSZ, &size) < 0) return -errno;
  return result(ioctl(fd, TUNSETOFFLOAD, (unsigned long)features));
}

/* The name is asked for each time: somebody may have renamed the interface meanwhile. */
static int control(int fd, unsigned long code, struct ifreq *request) {
  struct ifreq self;
  int socket_fd, status;
  memset(&self, 0, sizeof self);
  if (ioctl(fd, TUNGETIFF, &self) < 0) return -errno;
  memcpy(request->ifr_name, self.ifr_name, IFNAMSIZ);
  socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0) return -errno;
  status = result(ioctl(socket_fd, code, request));
  close(socket_fd);
  return status;
}

/* struct in6_ifreq of linux/ipv6.h, which does not go with netinet/in.h */
struct ipv6_request {
  struct in6_addr address;
  uint32_t prefix_length;
  int index;
};

/* Adds an address of IPv6, unless it is there; the kernel adds the route to the prefix. */
int interface_add_ipv6(int fd, const uint8_t *address, uint32_t prefix_length) {
  struct ifreq self;
  struct ipv6_request request;
  int socket_fd, status;
  memset(&self, 0, sizeof self);
  status = control(fd, SIOCGIFINDEX, &self);
  if (status < 0) return status;
  memcpy(&request.address, address, sizeof request.address);
  request.prefix_length = prefix_length;
  request.index = self.ifr_ifindex;
  socket_fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0) return -errno;
  status = result(ioctl(socket_fd, SIOCSIFADDR, &request));
  close(socket_fd);
  return status == -EEXIST ? 0 : status;
}

static struct sockaddr_in *internet(struct sockaddr *address) { return (struct sockaddr_in *)address; }

/* The MTU, the flags, or an address or mask as a number in host order. */
int64_t interface_get(int fd, unsigned long code) {
  struct ifreq request;
  int status;
  memset(&request, 0, sizeof request);
  request.ifr_addr.sa_family = AF_INET;
  status = control(fd, code, &request);
  if (status < 0) return status;
  switch (code) {
  case SIOCGIFMTU:
    return request.ifr_mtu;
  case SIOCGIFFLAGS:
    return (unsigned short)request.ifr_flags;
  default:
    return ntohl(internet(&request.ifr_addr)->sin_addr.s_addr);
  }
}

int interface_set_mtu(int fd, int mtu) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_mtu = mtu;
  return control(fd, SIOCSIFMTU, &request);
}

static int set_address(int fd, unsigned long code, uint32_t address) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_addr.sa_family = AF_INET;
  internet(&request.ifr_addr)->sin_addr.s_addr = htonl(address);
  return control(fd, code, &request);
}

/* Replaces the first address; the kernel adds the route to the prefix. */
int interface_set_address(int fd, uint32_t address, uint32_t mask) {
  int status = set_address(fd, SIOCSIFADDR, address);
  return status < 0 ? status : set_address(fd, SIOCSIFNETMASK, mask);
}

int interface_up(int fd) {
  struct ifreq request;
  int status;
  memset(&request, 0, sizeof request);
  status = control(fd, SIOCGIFFLAGS, &request);
  /* A user of a device need not be allowed to change it: do not ask for what is so already. */
  if (status < 0 || (request.ifr_flags & IFF_UP)) return status;
  request.ifr_flags |= IFF_UP;
  return control(fd, SIOCSIFFLAGS, &request);
}
