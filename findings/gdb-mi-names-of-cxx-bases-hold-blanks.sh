#!/bin/sh
# gdb-multiarch 13.1 (Debian), MI: names of variable objects that GDB prints cannot be given back to it as they are.
#
# One would guess that the name of a child in -var-list-children's answer is a token: those of members and elements are
# (v.count, v.0), and the manual's examples give them to the next command without quotes. The child of a C++ base class
# is named after its type, with the blanks and commas of its template arguments; behind -var-list-children such a name is
# taken for several arguments, and the answer is that there is no such variable object. In quotes it is found.
#
# Expected here: the child's name has a comma and a blank; "Variable object not found" without quotes, its child with them.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
cat > t.cc <<'C'
template <typename A, typename B> struct Pair { A first; B second; };
struct Named : Pair<int, char> { int number; };
Named one;
int main() { return one.number; }
C
arm-none-eabi-g++ -g -mcpu=cortex-m4 -mthumb --specs=nosys.specs t.cc -o t.elf 2> /dev/null
asked() { printf '%s\n' "$@" -gdb-exit | gdb-multiarch -nx -q -i=mi t.elf | tr -d '\r'; }
name=$(asked '-var-create v @ one' '-var-list-children v' | sed -n 's/.*child={name="\([^"]*<[^"]*\)".*/\1/p')
bare=$(asked '-var-create v @ one' '-var-list-children v' "-var-list-children $name" | grep '^\^' | sed -n 3p)
quoted=$(asked '-var-create v @ one' '-var-list-children v' "-var-list-children \"$name\"" | grep '^\^' | sed -n 3p)
gdb-multiarch --version | head -1
printf 'name: %s\nbare: %s\nquoted: %s\n' "$name" "$bare" "$quoted"
[ "$name" = 'v.Pair<int, char>' ]
[ "$bare" = '^error,msg="Variable object not found"' ]
echo "$quoted" | grep -q '^\^done,numchild="1"'
