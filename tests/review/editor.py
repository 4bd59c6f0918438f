"""What a reviewer does in Label Studio's editor, in a real browser.

log_in(page, studio.url)
begin(page, studio.url, project)
shown(page, task)
drag_border(page, "Tarsk-la-Neuve", "right", "hier")
submit(page)
"""

from tests.review.labelstudio import PASSWORD, PERSON

REGION = "[class*=htx-highlight]"
DRAWN = """([ids, text]) => {
    const lines = [...document.querySelectorAll('.lsf-richtext__line')]
    const bare = text => text.replace(/\\s/g, '')
    return bare(lines.map(line => line.textContent).join('')) === bare(text)
        && ids.every(id => document.querySelector(`[class*="htx-highlight-${id}-"]`))
}"""
BOX = """word => {
    const text = document.querySelector('.lsf-richtext__line')
    const nodes = document.createTreeWalker(text, NodeFilter.SHOW_TEXT)
    for (let node; (node = nodes.nextNode()); ) {
        const start = node.data.indexOf(word)
        if (start < 0) continue
        const range = document.createRange()
        range.setStart(node, start)
        range.setEnd(node, start + word.length)
        const box = range.getBoundingClientRect()
        return [box.left, box.right, (box.top + box.bottom) / 2]
    }
}"""


def log_in(page, url):
    page.goto(f"{url}/user/login/")
    page.fill("input[name=email]", PERSON)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/user/login" not in url)


def begin(page, url, project):
    """Open the first task of a project; the next one comes after each :func:`submit`."""
    page.goto(f"{url}/projects/{project}/data?labeling=1")


def shown(page, task):
    """Wait until a task, given as the server holds it, is drawn with its regions and arrows."""
    results = task["predictions"][0]["result"]
    ids = [result["id"] for result in results if result["type"] == "labels"]
    page.wait_for_function(DRAWN, arg=[ids, task["data"]["text"]])
    if any(result["type"] == "relation" for result in results):
        page.locator("svg text").first.wait_for()


def submit(page):
    """Press the button, and wait until the server has what was said."""
    with page.expect_response(
        lambda r: "/annotations" in r.url and r.request.method == "POST"
    ) as r:
        page.get_by_test_id("bottombar-submit-button").click()
    assert r.value.ok, r.value.text()


def mark(page, word, label):
    """Draw a region over the first place of a word in the plain text."""
    page.get_by_text(label, exact=True).first.click()
    left, right, height = page.evaluate(BOX, word)
    _drag(page, (left + 1, height), (right - 1, height))


def drag_border(page, region, side, word):
    """Drag the right border of a region to the end of a word, or its left one to its start."""
    if not page.locator(f"{REGION}.__active", has_text=region).count():
        page.locator(REGION, has_text=region).first.click()
    box = page.locator(f"{REGION} .__resize_{side}").first.bounding_box()
    start = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    left, right, height = page.evaluate(BOX, word)
    _drag(page, start, (right - 1 if side == "right" else left + 1, height))


def _drag(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, end[1])
    page.mouse.move(*end)
    page.mouse.up()
