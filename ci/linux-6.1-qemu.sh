#!/usr/bin/env bash
# The conformance kit on the oldest kernel that the io_uring backend takes: Debian 12's Linux 6.1 in a virtual machine of QEMU, with
# this machine's files read-only below it, on io_uring and epoll; the C tests, too.
#
#   ci/linux-6.1-qemu.sh            with fewer races, scripts and connections
#   ci/linux-6.1-qemu.sh --full     with the kit's own defaults: stress, races and scripts as on a real machine
#
# The kernel's package stays in ~/.cache/torus/linux-6.1. With /dev/kvm some minutes, without it a quarter of an hour
# on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/lib.sh
source ci/lib.sh
cache=${XDG_CACHE_HOME:-$HOME/.cache}/torus/linux-6.1
work=$PWD/build/linux-6.1
full=${1:-}

give_up() { # REASON
  echo "linux-6.1: skipped: $1" >&2
  echo "linux-6.1: 0 passed, 0 failed, 1 skipped"
  exit 0
}

[[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || give_up "needs Linux on x86-64"

install_packages() {
  local packages=()
  command -v qemu-system-x86_64 >/dev/null || packages+=(qemu-system-x86)
  [[ -x /bin/busybox || -x /usr/bin/busybox ]] || packages+=(busybox-static)
  command -v mke2fs >/dev/null || [[ -x /sbin/mke2fs ]] || packages+=(e2fsprogs)
  [[ ${#packages[@]} -gt 0 ]] || return 0
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    give_up "no ${packages[*]} here, and they cannot be installed"
  fi
  {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${packages[@]}"
  } >&2 || give_up "installing ${packages[*]} failed"
}

# Debian's kernel and its modules, unpacked into $cache/kernel.
fetch_kernel() {
  [[ ! -e $cache/kernel/boot ]] || return 0
  command -v apt-get >/dev/null || give_up "no apt-get to fetch Linux 6.1 with"
  local package
  package=$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-6\.1\.[^ ]*\)/\1/p' | head -1)
  [[ -n $package ]] || give_up "the system's package sources have no Linux 6.1 (they are not Debian 12's)"
  rm -rf "$cache/new"
  mkdir -p "$cache/new"
  (cd "$cache/new" && apt-get download "$package" >&2 && dpkg -x linux-image-*.deb .) || give_up "$package cannot be fetched"
  rm -f "$cache"/new/*.deb
  mv "$cache/new" "$cache/kernel"
}

# The first program of the virtual machine: modules, file systems, then the tests in this machine's own file tree.
write_init() { # VERSION
  cat >"$1/init" <<'I'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t devtmpfs none /dev
echo "torus: booted" >/dev/console
if grep -q torus.try /proc/cmdline; then poweroff -f; fi
mount -t sysfs none /sys
depmod
for module in virtio_pci virtio_blk 9pnet_virtio 9p crc32c_generic ext4; do modprobe "$module"; done
mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=524288 host /host
mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288 work /work
mount -t ext4 /dev/vda /host/media
mount --bind /work /host/mnt
mount -t proc none /host/proc
mount -t sysfs none /host/sys
mount --bind /dev /host/dev
mkdir -p /host/dev/shm /host/dev/pts && mount -t tmpfs none /host/dev/shm
mount -t tmpfs none /host/run
hostname linux-6-1
ip link set lo up
ip link set lo multicast on
ip route add 224.0.0.0/4 dev lo
chroot /host /bin/bash /mnt/guest.sh >/host/mnt/guest.log 2>&1
umount /host/mnt
sync
poweroff -f
I
  chmod +x "$1/init"
}

build_initramfs() { # RELEASE
  local tree=$work/initramfs modules=lib/modules/$1
  rm -rf "$tree"
  mkdir -p "$tree"/{bin,proc,sys,dev,host,work} "$tree/$modules"
  cp "$(command -v busybox)" "$tree/bin/busybox"
  (cd "$cache/kernel/$modules" && find . -path '*/virtio/*' -o -path '*/net/9p/*' -o -path '*/fs/9p/*' -o -path '*/fs/netfs/*' \
    -o -path '*/fs/fscache/*' -o -name 'virtio_blk.ko*' -o -path '*/fs/ext4/*' -o -path '*/fs/jbd2/*' -o -name 'mbcache.ko*' \
    -o -name 'crc16.ko*' -o -name 'crc32c_generic.ko*' -o -name 'libcrc32c.ko*' -o -name 'modules.builtin*' -o -name modules.order) |
    (cd "$cache/kernel/$modules" && cpio_of_files | (cd "$tree/$modules" && busybox cpio -idm 2>/dev/null))
  write_init "$tree"
  (cd "$tree" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$work/initramfs.gz"
}

cpio_of_files() {
  local file
  while read -r file; do
    [[ ! -f $file ]] || echo "$file"
  done | busybox cpio -o -H newc 2>/dev/null
}

build_tests() {
  cmake -S . -B build/ctest -DBUILD_TESTING=ON >&2 && cmake --build build/ctest >&2 &&
    mvn -q -B -ntp -DskipTests -Dspotless.check.skip=true -pl java/torus-tck -am package \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
    -Dmdep.outputFile="$work/libraries.classpath" -Dmdep.includeScope=test >&2
}

# The same classpath with its folders copied: what is built here meanwhile must not change below a running test. The C tests, too.
copied_classpath() { # CLASSPATH
  local entry entries number=0 result=""
  cp -r build/ctest/native/test "$work/ctest"
  IFS=: read -ra entries <<<"$1"
  for entry in "${entries[@]}"; do
    if [[ -d $entry || $entry == "$PWD"/* ]]; then
      number=$((number + 1))
      mkdir -p "$work/classes"
      cp -r "$entry" "$work/classes/$number"
      entry=/mnt/classes/$number
    fi
    result+=${result:+:}$entry
  done
  echo "$result"
}

# What runs inside: below the host's root, which cannot be written to; /media is an ext4 disk of its own,
# /mnt is $work.
write_guest() { # JAVA_OPTIONS...
  local options="$* -Dtorus.tck.matrixDirectory=/mnt/matrix -Dtorus.native.cache=/media/cache -Djava.io.tmpdir=/media"
  [[ $full == --full ]] || options="$options -Dtorus.tck.stress.connections=50 -Dtorus.tck.stress.seconds=2 -Dtorus.tck.races=30 -Dtorus.tck.scripts=8"
  cat >"$work/guest.sh" <<G
export HOME=/media TMPDIR=/media PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
ulimit -n 20000
uname -r >/mnt/release
cd /media
for test in uring_probe uring_refused echo rules control wakeup; do
  program=/mnt/ctest/\${test}_test
  [ -x \$program ] || program=/mnt/ctest/\$test
  backends=
  case \$test in echo | rules | control | wakeup) backends="io_uring epoll" ;; esac
  for backend in \${backends:-""}; do
    if timeout 600 \$program \$backend >/mnt/c-\$test-\$backend.log 2>&1; then echo passed; else echo "failed \$test \$backend"; fi
  done
done >/mnt/c-tests
'$java' -version
'$java' -ea -XX:+UseSerialGC $options -Dtorus.tck.backends=io_uring,epoll -cp '$classpath' dev.torus.tck.KitRun >/mnt/kit.log 2>&1
echo \$? >/mnt/kit-ended
G
}

install_packages
fetch_kernel
release=$(cd "$cache/kernel/lib/modules" && echo *)
rm -rf "$work"
mkdir -p "$work"
build_tests || give_up "the tests cannot be built"
java=$(readlink -f "$(command -v java)")
classpath=$(copied_classpath "$PWD/java/torus-tck/target/test-classes:$PWD/java/torus-tck/target/classes:$(cat "$work/libraries.classpath")")
build_initramfs "$release"
truncate -s 2G "$work/tmp.img"
PATH=$PATH:/sbin mke2fs -q -t ext4 "$work/tmp.img" >&2

# boot SECONDS MACHINE...: runs the virtual machine until it powers itself off
boot() {
  local limit=$1
  shift
  timeout "$limit" qemu-system-x86_64 -machine q35 -smp 2 -m 3072 -display none -no-reboot -nodefaults \
    -serial "file:$work/console.log" -kernel "$cache/kernel/boot/vmlinuz-$release" -initrd "$work/initramfs.gz" \
    -append "console=ttyS0 panic=-1 quiet" \
    -virtfs "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap" \
    -virtfs "local,path=$work,mount_tag=work,security_model=none" \
    -drive "file=$work/tmp.img,format=raw,if=virtio" "$@" >&2 || true
}

# Hardware virtualization may be there and not work, inside another virtual machine: it is tried first.
accelerated() {
  [[ -w /dev/kvm ]] || return 1
  boot 60 -enable-kvm -cpu host -append "console=ttyS0 panic=-1 quiet torus.try"
  grep -q "torus: booted" "$work/console.log" 2>/dev/null
}

if accelerated; then
  write_guest
  boot 1800 -enable-kvm -cpu host
else
  echo "linux-6.1: no hardware virtualization here: emulated, slow" >&2
  write_guest -Dtorus.tck.emulation=qemu -Dtorus.tck.patienceSeconds=300 -Dtorus.tck.hangSeconds=900
  boot 7200 -accel tcg,thread=multi -cpu max
fi
rm -f "$work/tmp.img"

passed=0
failed=0
skipped=0
if [[ ! -e $work/kit-ended ]]; then
  tail -5 "$work/console.log" "$work/guest.log" "$work/kit.log" >&2 2>/dev/null || true
  ended=$(grep -c '^SUCCESSFUL ' "$work/kit.log" 2>/dev/null || true)
  echo "linux-6.1: failed: the kit did not end in the virtual machine; ${ended:-0} of its tests had passed until then" >&2
  failed=1
fi
[[ ! -e $work/release ]] || echo "linux-6.1: on $(cat "$work/release")" >&2
if [[ -e $work/c-tests ]]; then
  passed=$(grep -c '^passed' "$work/c-tests" || true)
  failed=$((failed + $(grep -c '^failed' "$work/c-tests" || true)))
  grep '^failed' "$work/c-tests" >&2 || true
fi
touch "$work/kit.log"
counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$work/kit.log" | tail -1)
if [[ -n $counts ]]; then
  read -r kit_passed kit_failed kit_skipped <<<"$counts"
  passed=$((passed + kit_passed))
  failed=$((failed + kit_failed))
  skipped=$((skipped + kit_skipped))
  [[ $kit_failed -eq 0 ]] || grep -vE '^\s+(\[|java\.base|org\.junit)' "$work/kit.log" | head -100 >&2
fi
echo "linux-6.1: $passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
