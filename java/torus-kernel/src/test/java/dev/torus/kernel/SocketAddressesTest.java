package dev.torus.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SocketAddressesTest {
    private static SocketAddress roundTrip(SocketAddress address, AddressFamily family) {
        byte[] encoded = SocketAddresses.encode(address, family);
        return SocketAddresses.decode(Arrays.copyOf(encoded, 128), encoded.length);
    }

    @Test
    void addressesComeBack() throws Exception {
        SocketAddress four = new InetSocketAddress(InetAddress.getByName("127.0.0.9"), 65535);
        SocketAddress six = new InetSocketAddress(InetAddress.getByName("fe80::1"), 1);
        SocketAddress unix = UnixDomainSocketAddress.of(Path.of("folder", "sockét"));
        assertThat(roundTrip(four, AddressFamily.INET)).isEqualTo(four);
        assertThat(roundTrip(six, AddressFamily.INET6)).isEqualTo(six);
        assertThat(roundTrip(unix, AddressFamily.UNIX)).isEqualTo(unix);
    }

    @Test
    void linuxLayout() throws Exception {
        byte[] four = SocketAddresses.encode(new InetSocketAddress("127.0.0.1", 0x1234), AddressFamily.INET);
        assertThat(four).startsWith(2, 0, 0x12, 0x34, 127, 0, 0, 1).hasSize(16);
        byte[] mapped = SocketAddresses.encode(new InetSocketAddress("127.0.0.1", 80), AddressFamily.INET6);
        assertThat(mapped).hasSize(28).startsWith(10, 0, 0, 80);
        assertThat(Arrays.copyOfRange(mapped, 18, 24)).containsExactly(0xFF, 0xFF, 127, 0, 0, 1);
    }

    @Test
    void whatDoesNotFitIsNamed() {
        assertThatThrownBy(() -> SocketAddresses.encode(
                        InetSocketAddress.createUnresolved("host.invalid", 1), AddressFamily.INET))
                .hasMessageContaining("host.invalid");
        assertThatThrownBy(() -> SocketAddresses.encode(new InetSocketAddress("::1", 1), AddressFamily.INET))
                .hasMessageContaining("IPv4 socket");
        assertThatThrownBy(
                        () -> SocketAddresses.encode(UnixDomainSocketAddress.of("x".repeat(108)), AddressFamily.UNIX))
                .hasMessageContaining("107");
        assertThatThrownBy(() -> SocketAddresses.encode(new InetSocketAddress(1), AddressFamily.UNIX))
                .hasMessageContaining("UNIX");
    }
}
