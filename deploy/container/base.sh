#!/usr/bin/env bash
# base.sh DIR: makes in DIR a small Debian root for Ptt, without a registry and without a package manager in the result: C library, OpenSSL,
# ICU (internationalised domain names), zlib, certificates, time zones, git (users live in git), a shell. debootstrap resolves, fetches and checks
# the packages (same release and mirror as this machine; $DEBIAN_MIRROR for another); of those, what the program needs is unpacked. Where this
# machine's archive has a newer one (security updates), that is taken.
set -eu
root=$1
mkdir -p "$root" && root=$(cd "$root" && pwd)
[ -z "$(ls -A "$root")" ] || { echo "$root is not empty" >&2; exit 1; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $release" 'Component: main' | head -1)}
icu=$(apt-cache --names-only search '^libicu[0-9]+$' | sort | tail -1 | cut -d' ' -f1)
ssl=$(apt-cache show libssl3t64 >/dev/null 2>&1 && echo libssl3t64 || echo libssl3)
# git-remote-https is curl's library with all that it stands on; git over ssh asks for an ssh client in an image of one's own.
remote=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances libcurl3-gnutls \
  | grep '^lib' | grep -Ev '^(libc6|libgcc-s1|libcrypt1)$' | sort -u)
wanted="$(echo $remote) base-files netbase libc6 libgcc-s1 libstdc++6 $ssl zlib1g $icu ca-certificates tzdata git libpcre2-8-0 libexpat1 busybox-static"

# debootstrap returns failure after a mere download (it stops "early"), so what counts is whether each package is there.
debootstrap --download-only --variant=minbase --include="${wanted// /,}" "$release" "$work/debian" "${mirror%/}" >"$work/log" 2>&1 || true
ls "$work"/debian/var/cache/apt/archives/*.deb >/dev/null 2>&1 || { echo "debootstrap fetched nothing; apt-get fetches each package instead:" >&2; tail -3 "$work/log" >&2; }
for package in $wanted; do
  version=$(apt-cache show --no-all-versions "$package" | sed -n 's/^Version: //p' | head -1)
  found=$(ls "$work/debian/var/cache/apt/archives/${package}_${version//:/%3a}"_*.deb 2>/dev/null || true)
  if [ -z "$found" ]; then
    ( cd "$work" && apt-get download -q "$package" >>"$work/log" 2>&1 ) || { tail -3 "$work/log" >&2; exit 1; }
    found=$(ls "$work/$package"_*.deb)
  fi
  dpkg-deb -x "$found" "$root"
done
# git: what a server needs of it; the rest (documentation, translations, mail and web helpers) stays out; so do libraries that nothing here is linked to.
rm -rf "$root"/usr/share/{doc,man,locale,lintian,info,bash-completion,gitweb,git-core,perl5,i18n} "$root"/usr/share/zoneinfo/{right,posix} \
  "$root"/var/lib/git "$root"/usr/lib/git-core/git-{http-push,http-fetch,imap-send,daemon,shell,http-backend,credential*,instaweb,p4,send-email,cvs*,svn,archimport,gui*,citool,sh-i18n--envsubst} \
  "$root"/usr/bin/{scalar,git-shell} "$root"/usr/lib/git-core/scalar "$root"/usr/src \
  "$root"/usr/bin/c_rehash "$root"/usr/lib/x86_64-linux-gnu/gconv "$root"/usr/lib/x86_64-linux-gnu/audit \
  "$root"/usr/lib/x86_64-linux-gnu/lib{db-5.3,brotlienc,icuio,icutest,icutu}.so* "$root"/usr/lib/x86_64-linux-gnu/sasl2 "$root"/lib/x86_64-linux-gnu/lib{mvec,thread_db,memusage,pcprofile,c_malloc_debug}.so*
# Hard links of one program are one file in the image, too.
for program in "$root"/usr/lib/git-core/*; do
  [ -f "$program" ] && ! [ -L "$program" ] && cmp -s "$program" "$root/usr/bin/git" && ln -sf ../../bin/git "$program"
done

mkdir -p "$root"/{bin,tmp,proc,sys,dev,run,root,var/tmp,etc/ssl/certs}
chmod 1777 "$root/tmp" "$root/var/tmp"
for tool in sh cat ls mkdir ln chown chmod rm sleep; do [ -e "$root/bin/$tool" ] || ln -s /bin/busybox "$root/bin/$tool"; done
find "$root/usr/share/ca-certificates" -name '*.crt' -exec cat {} + > "$root/etc/ssl/certs/ca-certificates.crt"
printf 'root:x:0:0:root:/root:/bin/sh\nptt:x:1654:1654:Ptt:/var/lib/ptt:/bin/false\n' > "$root/etc/passwd"
printf 'root:x:0:\nptt:x:1654:\n' > "$root/etc/group"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
du -sm "$root" | cut -f1 | sed 's/$/ MB/'
