"""The other side of `somnium-bench peers`: STAGE TOOL INPUTS -> one line of JSON, by processor time.

Each tool is called as its own documentation shows it, with the settings that its figure is compared at."""
import glob, hashlib, json, os, resource, subprocess, sys, tempfile, time

stage, tool, inputs = sys.argv[1:4]


def path(name):
    return os.path.join(inputs, name)


def lines(name):
    with open(path(name), encoding="utf-8") as file:
        return file.read().splitlines()


def tell(seconds, units, result):
    print(json.dumps({"seconds": seconds, "units": units, "result": result}))


def timed(units, work):
    start = time.process_time()
    result = work()
    tell(time.process_time() - start, units, str(result))


def orjson():
    import orjson
    raw = open(path("sessions.jsonl"), "rb").read()
    timed(len(raw) / 1e9, lambda: sum(len(orjson.loads(line)["messages"]) for line in raw.splitlines()))


def duckdb():
    import duckdb
    name = path("sessions.jsonl")
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    query = f"select sum(len(messages)) from read_json('{name}', format = 'newline_delimited')"
    timed(os.path.getsize(name) / 1e9, lambda: connection.execute(query).fetchall())


def drain3():
    from drain3 import TemplateMiner
    from drain3.masking import MaskingInstruction
    from drain3.template_miner_config import TemplateMinerConfig
    config = TemplateMinerConfig()
    config.profiling_enabled = False
    # Our masks, as far as one expression each can say them: what is quoted, paths, anything with a digit.
    masks = [(r"'[^'\n]{1,200}'|\"[^\"\n]{1,200}\"|`[^`\n]{1,200}`", "QUOTED"), (r"\S*/\S+", "PATH"), (r"\S*\d\S*", "NUMBER")]
    config.masking_instructions = [MaskingInstruction(expression, name) for expression, name in masks]
    miner = TemplateMiner(config=config)
    text = lines("lines.txt")

    def work():
        for line in text:
            miner.add_log_message(line)
        return f"{len(miner.drain.clusters)} templates"

    timed(len(text), work)


def shingles(text):
    words = text.split()
    return [" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))]


def datasketch():
    from datasketch import MinHash, MinHashLSH
    texts = lines("messages.txt")[:4000]

    def work():
        index, found = MinHashLSH(threshold=0.8, num_perm=128), 0
        for at, text in enumerate(texts):
            minima = MinHash(num_perm=128)
            minima.update_batch([run.encode() for run in shingles(text)])
            found += len(index.query(minima))
            index.insert(at, minima)
        return f"{found} candidates"

    timed(len(texts), work)


def gaoya():
    from gaoya.minhash import MinHashStringIndex
    texts = lines("messages.txt")

    def work():
        index = MinHashStringIndex(hash_size=32, jaccard_threshold=0.8, num_bands=25, num_hashes=125, analyzer="word", ngram_range=(5, 5))
        found = 0
        for at, text in enumerate(texts):
            found += len(index.query(text))
            index.insert_document(at, text)
        return f"{found} pairs"

    timed(len(texts), work)


def spmf(algorithm):
    import spmf as wrapper
    jars = glob.glob(os.path.join(os.path.dirname(wrapper.__file__), "**", "*.jar"), recursive=True)
    jars += glob.glob(os.path.join(sys.prefix, "**", "spmf*.jar"), recursive=True)
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.txt")
        # One thread for all that the machine does beside the algorithm.
        command = ["java", "-XX:+UseSerialGC", "-jar", jars[0], "run", algorithm, path("sequences.txt"), out, "5%"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = []
        for line in open(out, encoding="utf-8"):
            items, support = line.split("#SUP:")
            items = " ".join(part for part in items.split() if part != "-1")
            found.append(f"{items}:{support.split()[0]}")
    found.sort()
    digest = hashlib.sha256("\n".join(found).encode()).hexdigest()[:16]
    tell(after.ru_utime - before.ru_utime, 1.0, f"{len(found)} patterns {digest}")


TOOLS = {
    "orjson": orjson,
    "duckdb": duckdb,
    "drain3": drain3,
    "datasketch": datasketch,
    "gaoya": gaoya,
    "SPMF PrefixSpan": lambda: spmf("PrefixSpan"),
    "SPMF BIDE+": lambda: spmf("BIDE+"),
}
TOOLS[tool]()
