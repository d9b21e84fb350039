#!/usr/bin/env python3
"""Checks a tidegate journal by itself, with Python's standard library only: verify-journal.py DIRECTORY [PUBLIC-KEY [ANCHORS]]
docs/journal-format.md explains each step. It ends with 0 if the journal holds, and with 1 and the first fault if not."""
import base64, glob, gzip, hashlib, json, os, re, sys

P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519, RFC 8032
D = -121665 * pow(121666, -1, P) % P
def add(a, b):
    k = D * a[0] * b[0] * a[1] * b[1]
    return ((a[0] * b[1] + b[0] * a[1]) * pow(1 + k, -1, P) % P, (a[1] * b[1] + a[0] * b[0]) * pow(1 - k, -1, P) % P)
def times(n, a):
    return (0, 1) if n == 0 else add(times(n // 2, add(a, a)), a if n % 2 else (0, 1))
def point(data):
    y, odd = int.from_bytes(data, "little") % 2**255, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = next(x for x in (pow(square, (P + 3) // 8, P) * k % P for k in (1, pow(2, P // 4, P))) if x * x % P == square)
    return (x if x % 2 == odd else P - x, y)
def signs(key, data, text):
    r, s, h = data[:32], int.from_bytes(data[32:], "little"), hashlib.sha512(data[:32] + key + text).digest()
    return s < ORDER and times(s, point(bytes([0x58] + [0x66] * 31))) == add(point(r), times(int.from_bytes(h, "little") % ORDER, point(key)))

sha = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
url = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
def stop(what): sys.exit(f"broken: {where}: {what}")
sys.excepthook = lambda kind, error, trace: print(f"broken: {where}: {error!r}", file=sys.stderr)  # such as: no JSON, no point
def root():
    node = peaks[-1] if peaks else sha()
    for peak in peaks[-2::-1]: node = sha(b"\1", peak, node)
    return base64.b64encode(node).decode()
def signers(note):  # the public keys, of those known, that signed a note
    text, lines = note[:note.rindex("\n\n") + 1], note[note.rindex("\n\n") + 2:].splitlines()
    found = [(name, base64.b64decode(data)) for _, name, data in (line.split(" ") for line in lines)]
    for key in {trusted, text.split("\n")[5].removeprefix("key ")} - {""}:
        name, short, public = key.split("+", 2)
        if any(n == name and d[:4].hex() == short and signs(base64.b64decode(public)[1:], d[4:], text.encode()) for n, d in found): yield key

where, seq, prev, peaks, trusted, signed, last, removed = "journal", None, None, None, (sys.argv[2:] or [""])[0], 0, None, (0, 0)
anchors = re.findall("[^\n]+\n[0-9]+\n(?:[^\n]+\n)+\n(?:\u2014 [^\n]+\n)+", open(sys.argv[3], encoding="utf8").read()) if sys.argv[3:] else []
names = sorted({re.sub(r"\.gz$", "", path) for path in glob.glob(os.path.join(sys.argv[1], "segment-*.jsonl*")) if not path.endswith("tmp")})
for path in names:
    text = (open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz")).read()
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        where = f"{os.path.basename(path)} line {number}"
        if not re.fullmatch(rb'\{"v":1,"seq":[1-9][0-9]*,[ -~]+\}\}\n', line): stop("no whole line")
        record = json.loads(line)
        if seq is None:  # the oldest segment there is: what it says came before counts, the tree comes with its first checkpoint
            seq, prev = (0, "A" * 43) if os.path.basename(path) == "segment-00000001.jsonl" else (record["seq"] - 1, record["prev"])
            first, peaks = seq + 1, [] if seq == 0 else None
        if record["seq"] != seq + 1 or record["prev"] != prev: stop(f"it does not continue line {seq}")
        if number == 1 and last and (record["content"]["segment"], record["content"]["bytes"]) != last: stop(f"it does not continue {last}")
        if record["k"] == "retention": removed = (record["content"]["last_seq"], seq + 1)
        if record["k"] == "checkpoint":
            note, range_ = record["content"]["note"], [base64.b64decode(peak) for peak in record["content"]["range"]]
            if peaks is None and len(range_) == bin(seq).count("1"): peaks = range_
            origin, size, top, chain, time, key = note.split("\n")[:6]
            if (size, top, chain, time) != (str(seq), root(), "chain " + prev, "time " + record["t"]) or range_ != peaks: stop("it speaks of other lines")
            if not signed and not trusted: trusted = key.removeprefix("key ")
            if not {trusted, key.removeprefix("key ")} <= set(signers(note)): stop("not signed by a trusted key")
            signed, trusted = seq, key.removeprefix("key ")
        seq, prev, node, size = seq + 1, url(sha(line)), sha(b"\0", line), seq
        while peaks is not None and size % 2: node, size = sha(b"\1", peaks.pop(), node), size // 2
        if peaks is not None: peaks.append(node)
        for anchor in anchors:
            _, size, top, chain = anchor.split("\n")[:4]
            if size == str(seq) and (chain != "chain " + prev or peaks is not None and top != root()): stop("an anchor speaks of other lines")
    last = (os.path.basename(path), len(text))
where = "end"
if seq and first > 1 and not (removed[0] >= first - 1 and removed[1] <= signed): stop("the oldest lines are gone")
if any(int(anchor.split("\n")[1]) > (seq or 0) for anchor in anchors): stop("lines are missing")
if seq and not signed: stop("no signed checkpoint there")
if seq is None:
    sys.exit("no journal there")
print(f"holds: {seq} {prev}; signed up to {signed} by {trusted or 'nobody'}")
