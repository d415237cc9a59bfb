import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Clients of Java behind the proxy: SOCKS_PORT HTTPS_PORT ECHO_PORT PROXIED_PORT CERTIFICATE. Each sends what stands at standard
 * input, and prints the SHA-256 of what comes back.
 */
class Clients {
  static void print(byte[] had) throws Exception {
    System.out.println(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(had)));
  }

  /** Sends all, then the end of its direction, and reads until the other one's. */
  static byte[] echoed(Socket socket, byte[] bytes) throws Exception {
    try (socket; InputStream in = socket.getInputStream()) {
      Thread sender = new Thread(() -> {
        try {
          socket.getOutputStream().write(bytes);
          socket.shutdownOutput();
        } catch (Exception error) {
          throw new RuntimeException(error);
        }
      });
      sender.start();
      byte[] had = in.readAllBytes();
      sender.join();
      return had;
    }
  }

  static SSLContext trusting(Path certificate) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(certificate)) {
      store.setCertificateEntry("server", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  public static void main(String[] args) throws Exception {
    int socks = Integer.parseInt(args[0]);
    int https = Integer.parseInt(args[1]);
    int echo = Integer.parseInt(args[2]);
    int proxied = Integer.parseInt(args[3]);
    byte[] bytes = System.in.readAllBytes();

    // HTTP CONNECT, since the server is one of HTTPS.
    HttpClient client = HttpClient.newBuilder()
        .proxy(ProxySelector.of(new InetSocketAddress("127.0.0.1", socks)))
        .sslContext(trusting(Path.of(args[4])))
        .build();
    HttpRequest request = HttpRequest.newBuilder(URI.create("https://localhost:" + https + "/"))
        .POST(BodyPublishers.ofByteArray(bytes))
        .build();
    print(client.send(request, BodyHandlers.ofByteArray()).body());

    // SOCKS5, as -DsocksProxyHost says, which any socket of a program obeys.
    print(echoed(new Socket("localhost", echo), bytes));

    // A port of the proxy.
    Socket direct = new Socket(Proxy.NO_PROXY);
    direct.connect(new InetSocketAddress("127.0.0.1", proxied));
    print(echoed(direct, bytes));
  }
}
