"""One client in a process of its own: a command a line on stdin, an answer a line on stdout, both JSON."""

import json
import queue
import sys
import threading
import traceback


class Driver:
    """Commands are methods; a library's driver adds its own. What `poll` returns true for is worked on between commands."""

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.received = []

    def poll(self):
        return False

    def state(self):
        return {"assignment": self.assignment(), "count": len(self.received)}

    def take(self):
        return self.received

    def assignment(self):
        return []


def text(value):
    return None if value is None else value.decode()


def encoded(value):
    return None if value is None else value.encode()


def serve(driver):
    commands = queue.Queue()

    def read():
        for line in sys.stdin:
            commands.put(json.loads(line))
        commands.put(None)

    threading.Thread(target=read, daemon=True).start()
    polling = False
    while True:
        try:
            command = commands.get(timeout=0.001 if polling else 1)
        except queue.Empty:
            command = {}
        if command is None:
            return
        if "do" in command:
            try:
                answer = {"ok": getattr(driver, command["do"])(**command["with"])}
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
            print(json.dumps({"id": command["id"], **answer}), flush=True)
        polling = driver.poll()
