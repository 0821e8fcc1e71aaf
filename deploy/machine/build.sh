#!/usr/bin/env bash
# build.sh OUT: makes a machine of its own for Ptt in OUT: vmlinuz (Debian's cloud kernel) and initramfs (the base of the container, the self-contained
# program, a handful of drivers, and init). Nothing is installed and nothing runs there but the program. docs/deploy/machine.md says how to boot it.
# Takes the published program from $PTT_APP and the base from $PTT_BASE where these are set; else makes them. $PTT_PACK packs the initramfs: zstd (when
# not said), gzip -1, or cat, which takes more room and no time. Needs cpio, zstd, apt-get.
set -eu
out=$1
here=$(cd "$(dirname "$0")" && pwd); source=$(cd "$here/../.." && pwd)
mkdir -p "$out" && out=$(cd "$out" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

# The kernel: the newest one of the distribution, from its package.
package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
( cd "$work" && apt-get download -q "$package" >"$work/log" 2>&1 ) || { tail -3 "$work/log" >&2; exit 1; }
dpkg-deb -x "$work"/linux-image-*.deb "$work/kernel"
cp "$work"/kernel/boot/vmlinuz-* "$out/vmlinuz"

root=$work/root
if [ -n "${PTT_BASE:-}" ]; then cp -a "$PTT_BASE" "$root"; else "$source/deploy/container/base.sh" "$root" >/dev/null; fi
if [ -n "${PTT_APP:-}" ]; then cp -a "$PTT_APP" "$root/app"; else "$source/deploy/publish.sh" "$root/app"; fi
ln -sf /app/Ptt.Web "$root/usr/bin/ptt"
install -m 755 "$here/init" "$root/init"
install -m 755 "$here/lease" "$root/etc/lease"
mkdir -p "$root/data" "$root/config" "$root/lib/drivers"

# Drivers, in the order in which they need each other.
modules=$(find "$work/kernel/lib/modules" -maxdepth 1 -mindepth 1 -type d)
for driver in drivers/virtio/virtio_ring drivers/virtio/virtio drivers/virtio/virtio_pci_legacy_dev drivers/virtio/virtio_pci_modern_dev drivers/virtio/virtio_pci \
    net/core/failover drivers/net/net_failover drivers/net/virtio_net drivers/block/virtio_blk drivers/char/hw_random/virtio-rng drivers/input/evdev drivers/acpi/button; do
  name=$(basename "$driver")
  if [ -e "$modules/kernel/$driver.ko" ]; then cp "$modules/kernel/$driver.ko" "$root/lib/drivers/"; else xz -dc "$modules/kernel/$driver.ko.xz" > "$root/lib/drivers/$name.ko"; fi
  echo "$name" >> "$root/lib/drivers/order"
done

( cd "$root" && find . -print0 | cpio --null --quiet -o -H newc -R 0:0 ) | ${PTT_PACK:-zstd -q -3} > "$out/initramfs"
ls -l "$out" | awk 'NR > 1 { printf "%s %.0f MB\n", $NF, $5 / 1000000 }'
