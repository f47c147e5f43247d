# SPDX-License-Identifier: Apache-2.0
# Objects, dictionaries, strings, regular expressions, JSON and floats.
import collections
import heapq
import json
import re


class Task:
    def __init__(self, name, cost):
        self.name = name
        self.cost = cost
        self.waits = []

    def __lt__(self, other):
        return (self.cost, self.name) < (other.cost, other.name)


def schedule(count):
    tasks = [Task("task%d" % i, i * 7919 % 1009) for i in range(count)]
    for i, task in enumerate(tasks[1:], 1):
        task.waits.append(tasks[i * 31 % i])
    ready, order = tasks[:], []
    heapq.heapify(ready)
    while ready:
        task = heapq.heappop(ready)
        order.append(task.cost + len(task.waits))
    return sum(i * cost for i, cost in enumerate(order))


def planets(steps):
    x, y, vx, vy = 1.0, 0.0, 0.0, 1.0
    for _ in range(steps):
        pull = (x * x + y * y) ** -1.5
        vx -= 0.001 * x * pull
        vy -= 0.001 * y * pull
        x += 0.001 * vx
        y += 0.001 * vy
    return "%.9f %.9f" % (x, y)


with open("/bench/text") as file:
    text = file.read(400000)
words = collections.Counter(re.findall(r"[A-Za-z_]\w*", text))
print(words.most_common(40))
print(schedule(10000))
print(planets(40000))
tree = {w: [n, {"w": w, "half": n / 2}] for w, n in words.items()}
for _ in range(3):
    tree = json.loads(json.dumps(tree, sort_keys=True))
print(len(json.dumps(tree, indent=1)))
