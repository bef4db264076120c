# Sourced by the launchers, which set `root` (the source tree) and `program` (their name). Builds the command when there is no
# build of the sources as they are now, and defines `start`, which runs it in place of this shell.
#
# Each build has a folder of its own, to which `current` points, so that a running program keeps the files it was started from.

builds=$root/artifacts/mimus
stamp=$builds/stamp

is_fresh() {
    [ -e "$stamp" ] && [ -z "$(find "$root/src" "$root/guests/demo/demo.elf" "$root/global.json" "$root"/Directory.* -newer "$stamp" -print -quit 2>/dev/null)" ]
}

build() {
    if ! sdk=$(command -v dotnet); then
        echo "$program: there is no 'dotnet' command; install the .NET 10 SDK to build Mimus" >&2
        exit 1
    fi
    mkdir -p "$builds"
    exec 9>"$builds/lock"
    if command -v flock >/dev/null; then flock 9; fi
    if is_fresh; then return; fi # somebody else has built meanwhile

    echo "$program: building Mimus (this is done once)" >&2
    new=build.$$
    touch "$stamp.new"
    # The lock is not for the compiler's server, which outlives the build.
    if ! dotnet publish "$root/src/Mimus.Cli/Mimus.Cli.csproj" -c Release -o "$builds/$new" --nologo -v q >"$builds/log" 2>&1 9>&-; then
        cat "$builds/log" >&2
        echo "$program: the build failed; what it said is above" >&2
        rm -rf "${builds:?}/$new"
        exit 1
    fi
    dirname "$(readlink -f "$sdk")" >"$builds/dotnet-root"
    old=$(readlink "$builds/current" || true)
    ln -sfn "$new" "$builds/current.new"
    mv -T "$builds/current.new" "$builds/current"
    mv "$stamp.new" "$stamp"
    # The build before this one may still be running; those before it are not needed.
    for folder in "$builds"/build.*; do
        case ${folder##*/} in "$new" | "$old") ;; *) rm -rf "$folder" ;; esac
    done
}

start() {
    is_fresh || build
    exec 9>&-
    if [ -z "${DOTNET_ROOT:-}" ]; then
        read -r DOTNET_ROOT <"$builds/dotnet-root"
        export DOTNET_ROOT
    fi
    # A closed descriptor would be taken by the first file that the program opens.
    { : <&0; } 2>/dev/null || exec </dev/null
    { : >&1; } 2>/dev/null || exec >/dev/null
    { : >&2; } 2>/dev/null || exec 2>/dev/null
    exec "$builds/current/Mimus.Cli" "$@"
}
