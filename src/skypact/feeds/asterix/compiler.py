"""From the classes of ``libasterix`` to index tables; imported only when tables are missing.

The classes follow https://zoranbosnjak.github.io/asterix-specs/struct.html: an item has a
variation (element, group, extended, repetitive, compound, explicit), an element has a
content. Where a content or variation depends on another item's value the default is taken,
and for contents the weights of the cases are kept beside it.
"""

from __future__ import annotations

from typing import Any

import asterix.base as b
from asterix import generated

from skypact.feeds.asterix import table as t

Json = dict[str, Any]

ERRATA_LSB = {
    # CAT010 ed. 1.1, 5.2.17 and 5.2.18: LSB 0.25 m/s and 0.25 m/s2, ranges +-8192 m/s and
    # +-31 m/s2; libasterix 0.36 has a quarter of it. In the Barcelona recordings of 2020
    # 0.25 m/s agrees with the positions and with I010/200.
    "I010/202/VX": 0.25,
    "I010/202/VY": 0.25,
    "I010/210/AX": 0.25,
    "I010/210/AY": 0.25,
}
"""Weights of the last bit where the definitions depart from the standard."""

ERRATA_REPEATED = {"I032/050"}
"""Extended items whose one part the standard lets follow itself: the track number of the master
system unit, then those of the slaves (CAT032 ed. 1.2, 5.2.7); libasterix 0.36 has one part."""


class _Builder:
    """Collects nodes and leaves of one category."""

    def __init__(self, category: int, expansion: Any) -> None:
        self.category = category
        self.expansion = expansion
        self.nodes: list[list[int]] = []
        self.names: list[str] = []
        self.child: list[int] = []
        self.leaves: dict[str, Json] = {}
        self.known: dict[tuple[str, Any], int] = {}

    def node(self, name: str, kind: int, size: int = 0, count: int = 0) -> int:
        self.nodes.append([kind, size, 0, count])
        self.names.append(name)
        return len(self.nodes) - 1

    def adopt(self, parent: int, children: list[int]) -> None:
        self.nodes[parent][2] = len(self.child)
        self.nodes[parent][3] = len(children)
        self.child.extend(children)

    def item(self, non_spare: Any, path: str) -> int:
        """Node of one item, made once even where several profiles share it."""
        name = f"{path}/{non_spare.cv_name}"
        key = (name, non_spare)
        if key not in self.known:
            self.known[key] = self.variation(_variation_of(non_spare), name, non_spare.cv_title)
        return self.known[key]

    def variation(self, variation: Any, name: str, title: str) -> int:
        if issubclass(variation, b.Extended):
            return self.extended(variation, name, title)
        if issubclass(variation, b.Repetitive):
            return self.repetitive(variation, name, title)
        if issubclass(variation, b.Compound):
            node = self.node(name, t.COMPOUND, variation.cv_fspec_max_bytes)
            self.adopt(node, self.sub_items(variation.cv_items_list, name))
            return node
        if issubclass(variation, b.Explicit):
            return self.explicit(variation, name)
        node = self.node(name, t.FIXED)
        bits = self.fields(variation, name, title, node, 0, 0)
        self.nodes[node][1] = bits // 8
        return node

    def sub_items(self, items: list[Any], name: str) -> list[int]:
        return [-1 if item is None else self.item(item, name) for item in items]

    def extended(self, variation: Any, name: str, title: str) -> int:
        parts = variation.cv_items_list
        if name in ERRATA_REPEATED:
            return self.repeated_part(parts[0], name, title)
        # size 1: the last part ends without an FX bit
        node = self.node(name, t.EXTENDED, int(parts[-1][-1] is not None))
        children = []
        for part in parts:
            piece = self.node(name, t.FIXED)
            bits = 0
            for entry in part:
                if entry is None:
                    bits += 1
                    continue
                item, size = entry
                if not issubclass(item, b.Spare):
                    self.sub_field(item.cv_non_spare, name, title, piece, bits, 0)
                bits += size
            self.nodes[piece][1] = bits // 8
            children.append(piece)
        self.adopt(node, children)
        return node

    def repeated_part(self, part: Any, name: str, title: str) -> int:
        """A part that ends with an FX bit and may follow itself, as a repetitive item."""
        bits = sum(1 if entry is None else entry[1] for entry in part)
        node = self.node(name, t.REPETITIVE_FX, bits // 8)
        at = 0
        for entry in part:
            if entry is None:
                at += 1
                continue
            item, size = entry
            if not issubclass(item, b.Spare):
                self.sub_field(item.cv_non_spare, name, title, node, at, bits)
            at += size
        return node

    def repetitive(self, variation: Any, name: str, title: str) -> int:
        rep_bytes = variation.cv_rep_bytes
        element = variation.cv_variation
        bits = _bits(element) + (rep_bytes is None)
        kind = t.REPETITIVE_FX if rep_bytes is None else t.REPETITIVE
        node = self.node(name, kind, bits // 8, rep_bytes or 0)
        self.fields(element, name, title, node, 0, bits)
        return node

    def explicit(self, variation: Any, name: str) -> int:
        reserved = variation.cv_explicit_type is b.ReservedExpansion
        if not (reserved and self.expansion is not None):
            return self.node(name, t.EXPLICIT)
        fspec, size = self.expansion.cv_type
        if fspec is not b.FspecFixed:
            return self.node(name, t.EXPLICIT)
        node = self.node(name, t.EXPANSION, size)
        self.adopt(node, self.sub_items(self.expansion.cv_items_list, name))
        return node

    def sub_field(
        self, non_spare: Any, path: str, title: str, node: int, bit: int, element: int
    ) -> int:
        name = f"{path}/{non_spare.cv_name}"
        title = non_spare.cv_title or title
        return self.fields(_variation_of(non_spare), name, title, node, bit, element)

    def fields(
        self, variation: Any, name: str, title: str, node: int, bit: int, element: int
    ) -> int:
        """Add the leaves of an element or group; its bits."""
        if issubclass(variation, b.Group):
            start = bit
            for item, size in variation.cv_items_list:
                if not issubclass(item, b.Spare):
                    self.sub_field(item.cv_non_spare, name, title, node, bit, element)
                bit += size
            return bit - start
        width = variation.cv_bit_size
        leaf = {
            "name": name,
            "node": node,
            "bit": bit,
            "width": width,
            **_content(variation.cv_rule, width, self.category),
            "element_bits": element,
            "title": title,
        }
        leaf["lsb"] = ERRATA_LSB.get(name, leaf["lsb"])
        self.leaves[name] = leaf
        return int(width)


def _variation_of(non_spare: Any) -> Any:
    rule = non_spare.cv_rule
    if issubclass(rule, b.RuleVariationDependent):
        return rule.cv_default_variation
    return rule.cv_variation


def _bits(variation: Any) -> int:
    if issubclass(variation, b.Group):
        return sum(size for _, size in variation.cv_items_list)
    return int(variation.cv_bit_size)


def _content(rule: Any, width: int, category: int) -> Json:
    if not issubclass(rule, b.RuleContentDependent):
        return _plain_content(rule.cv_content, width)
    content = _plain_content(rule.cv_default_content, width)
    cases = [
        (values, case) for values, case in rule.cv_cases if issubclass(case, b.ContentQuantity)
    ]
    if len(rule.cv_depends_on) == 1 and len(cases) == len(rule.cv_cases):
        content["kind"] = "quantity"
        content["depends_on"] = "/".join([f"I{category:03d}", *rule.cv_depends_on[0]])
        content["case_values"] = [values[0] for values, _ in cases]
        content["case_lsb"] = [case.cv_lsb for _, case in cases]
        content["unit"] = " or ".join(case.cv_unit for _, case in cases)
    return content


def _plain_content(content: Any, width: int) -> Json:
    plain: Json = {"kind": "raw", "signed": 0, "lsb": 1.0, "unit": ""}
    if issubclass(content, b.ContentQuantity):
        plain["kind"] = "quantity"
        plain["signed"] = int(content.cv_signedness is b.Signed)
        plain["lsb"] = float(content.cv_lsb)
        plain["unit"] = content.cv_unit
    elif issubclass(content, b.ContentInteger):
        plain["kind"] = "integer"
        plain["signed"] = int(content.cv_signedness is b.Signed)
    elif issubclass(content, b.ContentTable):
        plain["kind"] = "table"
    elif issubclass(content, b.ContentBds):
        plain["kind"] = "bds"
    elif issubclass(content, b.ContentString):
        kinds = {b.StringAscii: "ascii", b.StringICAO: "icao", b.StringOctal: "octal"}
        plain["kind"] = kinds[content.cv_string_type]
    if width > 64 and plain["kind"] not in t.TEXT_KINDS:
        plain["kind"] = "bytes"
    return plain


def _compile(spec: Any, expansion: Any) -> Json:
    build = _Builder(spec.cv_category, expansion)
    root = f"I{spec.cv_category:03d}"
    uap = spec.cv_uap
    single = issubclass(uap, b.UapSingle)
    profiles = {"": uap.cv_record} if single else uap.cv_uaps
    random_node = -1
    uap_first, uap_count = [], []
    for record in profiles.values():
        children = []
        for entry in record.cv_items_list:
            if issubclass(entry, b.UapItem):
                children.append(build.item(entry.cv_non_spare, root))
            elif issubclass(entry, b.UapItemRFS):
                if random_node < 0:
                    random_node = build.node(f"{root}/RFS", t.RANDOM)
                children.append(random_node)
            else:
                children.append(-1)
        uap_first.append(len(build.child))
        uap_count.append(len(children))
        build.child.extend(children)
    selector, selector_uap = [-1, 0, 0], [0]
    if not single and uap.cv_selector:
        path, choices = uap.cv_selector
        leaf = build.leaves["/".join([root, *path])]
        selector = [leaf["node"], leaf["bit"], leaf["width"]]
        names = list(profiles)
        selector_uap = [
            names.index(choices[value]) if value in choices else 0
            for value in range(1 << leaf["width"])
        ]
    columns = list(zip(*build.nodes, strict=True))
    return {
        "category": spec.cv_category,
        "edition": ".".join(str(number) for number in spec.cv_edition),
        "node_kind": columns[0],
        "node_size": columns[1],
        "node_first": columns[2],
        "node_count": columns[3],
        "child": build.child,
        "uap_first": uap_first,
        "uap_count": uap_count,
        "selector": selector,
        "selector_uap": selector_uap,
        "node_name": build.names,
        "leaves": list(build.leaves.values()),
    }


def compile_all() -> list[Json]:
    """Tables of every category and edition, in the standard's order.

    A category's latest reserved expansion field serves all its editions from 1.0 on.
    """
    expansions = {
        category: versions[-1].cv_expansion
        for category, versions in generated.manifest["REFS"].items()
    }
    tables = []
    for category, versions in generated.manifest["CATS"].items():
        for spec in versions:
            fits = spec.cv_edition >= (1, 0)
            tables.append(_compile(spec, expansions.get(category) if fits else None))
    return tables
