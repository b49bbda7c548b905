// A guideline as HTML enters; the same as nodes leaves, made of a few harmless elements and no attribute but safe links.
"use strict";

const GUIDELINE_TAGS = new Set([
  "P", "H1", "H2", "H3", "H4", "H5", "H6", "UL", "OL", "LI", "STRONG", "EM", "B", "I", "CODE", "PRE", "BLOCKQUOTE", "HR", "BR",
  "TABLE", "THEAD", "TBODY", "TR", "TH", "TD", "DEL", "A",
]);
const GUIDELINE_DROPPED = new Set(["SCRIPT", "STYLE", "TEMPLATE", "IFRAME", "OBJECT", "SVG", "MATH", "NOSCRIPT"]);

// The server has made it safe already; a second lock costs little. A parsed document that is not shown runs nothing.
function guidelineNodes(html) {
  return copyChildren(new DOMParser().parseFromString(html ?? "", "text/html").body);
}

function copyChildren(node) {
  const copies = [];
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) copies.push(document.createTextNode(child.data));
    if (child.nodeType !== Node.ELEMENT_NODE || GUIDELINE_DROPPED.has(child.nodeName.toUpperCase())) continue;
    if (!GUIDELINE_TAGS.has(child.nodeName)) {
      copies.push(...copyChildren(child)); // an unknown element's words stay
      continue;
    }
    const copy = document.createElement(child.nodeName);
    if (child.nodeName === "A" && /^(https?:|mailto:)/i.test(child.getAttribute("href") ?? "")) {
      copy.href = child.getAttribute("href");
      copy.rel = "noopener noreferrer";
      copy.target = "_blank";
    }
    copy.append(...copyChildren(child));
    copies.push(copy);
  }
  return copies;
}
