#!/usr/bin/env bash
# base.sh DIR: makes in DIR a small Debian root for Ptt from the packages of this machine's archive, without a registry and without a package
# manager in the result: C library, OpenSSL, ICU (internationalised domain names), zlib, certificates, time zones, git (users live in git), a shell.
set -eu
root=$1
mkdir -p "$root" && root=$(cd "$root" && pwd)
[ -z "$(ls -A "$root")" ] || { echo "$root is not empty" >&2; exit 1; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
icu=$(apt-cache --names-only search '^libicu[0-9]+$' | sort | tail -1 | cut -d' ' -f1)
ssl=$(apt-cache show libssl3t64 >/dev/null 2>&1 && echo libssl3t64 || echo libssl3)
# git-remote-https is curl's library with all that it stands on; git over ssh asks for an ssh client in an image of one's own.
remote=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances libcurl3-gnutls \
  | grep '^lib' | grep -Ev '^(libc6|libgcc-s1|libcrypt1)$' | sort -u)
# shellcheck disable=SC2086
( cd "$work" && apt-get download -q $remote base-files netbase libc6 libgcc-s1 libstdc++6 "$ssl" zlib1g "$icu" ca-certificates openssl tzdata \
    git libpcre2-8-0 libexpat1 busybox-static >"$work/log" 2>&1 ) || { tail -3 "$work/log" >&2; exit 1; }
for package in "$work"/*.deb; do dpkg-deb -x "$package" "$root"; done

# git: what a server needs of it; the rest (documentation, translations, mail and web helpers) stays out.
rm -rf "$root"/usr/share/{doc,man,locale,lintian,info,bash-completion,gitweb,git-core,perl5,i18n} "$root"/usr/share/zoneinfo/{right,posix} \
  "$root"/var/lib/git "$root"/usr/lib/git-core/git-{http-push,http-fetch,imap-send,daemon,shell,http-backend,credential*,instaweb,p4,send-email,cvs*,svn,archimport,gui*,citool,sh-i18n--envsubst} \
  "$root"/usr/bin/{scalar,git-shell} "$root"/usr/lib/git-core/scalar "$root"/usr/src \
  "$root"/usr/bin/{openssl,c_rehash} "$root"/usr/lib/x86_64-linux-gnu/gconv "$root"/usr/lib/x86_64-linux-gnu/audit
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
